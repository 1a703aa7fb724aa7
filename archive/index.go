package archive

import "hash/maphash"

// index finds entries of a list by their unique parts: a table of places in the list, each at the hash of its unique part or
// behind it (open addressing). Some ten octets an entry; a map would take three times as many.
type index struct {
	slots []int32 // a place and 1; 0: free
	n     int     // how many of the list are in it
}

var seed = maphash.MakeSeed()

func indexOf(list []entry) index {
	x := index{slots: make([]int32, slotsFor(len(list)))}
	for i := range list {
		x.enter(list, i)
	}
	return x
}

// slotsFor is a power of two, so that between a quarter and half of the slots are taken.
func slotsFor(entries int) int {
	n := 16
	for n < 2*entries {
		n *= 2
	}
	return n
}

// enter adds entry i, the next of the list; of two with one unique part the later is found.
func (x *index) enter(list []entry, i int) {
	if slotsFor(i+1) > len(x.slots) {
		*x = indexOf(list[:i])
	}
	*x.slot(list, list[i].unique()) = int32(i) + 1
	x.n = i + 1
}

func (x *index) find(list []entry, unique string) (i int, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	at := *x.slot(list, unique)
	return int(at) - 1, at > 0
}

// slot is where a unique part is, or belongs.
func (x *index) slot(list []entry, unique string) *int32 {
	mask := uint64(len(x.slots) - 1)
	for h := maphash.String(seed, unique); ; h++ {
		s := &x.slots[h&mask]
		if *s == 0 || list[*s-1].unique() == unique {
			return s
		}
	}
}
