package imap

import (
	"slices"
	"strconv"
	"strings"
)

// expandSet lists the UIDs of a set in the order in which it is written, if there are exactly n: "5:7,3". It is
// refused by its count before anything is expanded, so 1:4294967295 costs nothing.
func expandSet(set string, n int) (uids []uint32, ok bool) {
	type span struct{ from, to uint32 }
	var spans []span
	total := uint64(0)
	for part := range strings.SplitSeq(set, ",") {
		a, b, isRange := strings.Cut(part, ":")
		from, err := strconv.ParseUint(a, 10, 32)
		to := from
		if err == nil && isRange {
			to, err = strconv.ParseUint(b, 10, 32)
		}
		if err != nil || from == 0 || to == 0 {
			return nil, false
		}
		from, to = min(from, to), max(from, to) // RFC 9051: 4:2 is 2:4
		if total += to - from + 1; total > uint64(n) {
			return nil, false
		}
		spans = append(spans, span{uint32(from), uint32(to)})
	}
	if total != uint64(n) {
		return nil, false
	}
	for _, s := range spans {
		for uid := uint64(s.from); uid <= uint64(s.to); uid++ {
			uids = append(uids, uint32(uid))
		}
	}
	return uids, true
}

func formatUID(uid uint32) string { return strconv.FormatUint(uint64(uid), 10) }

// formatSet writes UIDs as a set: ascending, as some servers want it, and compact.
func formatSet(uids []uint32) string {
	sorted := slices.Clone(uids)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	var b strings.Builder
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(formatUID(sorted[i]))
		if j > i {
			b.WriteByte(':')
			b.WriteString(formatUID(sorted[j]))
		}
		i = j + 1
	}
	return b.String()
}

// chunks cuts ascending UIDs into sets of at most n messages whose text is no longer than servers read
// (RFC 7162 §4 asks clients to keep a line below 8192 octets; some Exchange servers stop near 1900).
func chunks(uids []uint32, n int) [][]uint32 {
	const maxRanges = 150 // of at most 11 octets each
	var out [][]uint32
	for len(uids) > 0 {
		end, ranges := 0, 0
		for end < len(uids) && end < n {
			if end == 0 || uids[end] != uids[end-1]+1 {
				if ranges == maxRanges {
					break
				}
				ranges++
			}
			end++
		}
		out = append(out, uids[:end])
		uids = uids[end:]
	}
	return out
}
