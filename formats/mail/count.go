package mail

import "strconv"

// Count says for people how many there are, with the words for one or for several: "1 message has", "2 messages have".
func Count[N ~int | ~int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(int64(n), 10) + " " + many
}
