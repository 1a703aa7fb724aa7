package main

import "runtime/debug"

// tuneMemory keeps the resident size of a move of some ten thousand messages below 60 MB: the heap stays small beside
// the octets under way, which the engine bounds. A larger heap (200 for 100) costs more time than it saves, for each page of it is to be
// had from the system first; a smaller one (50) costs a twentieth of a pull. From the limit on, which some hundred thousand messages come near, the
// collector works harder rather than letting the heap grow; it is soft (runtime/debug.SetMemoryLimit), so that a move
// that needs more gets it. A limit that such a move is above all the time costs it more than half of its time.
func tuneMemory() {
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(96 << 20)
}

// tuneFor does so where so many messages are looked at side by side, each of which takes some hundred octets.
func tuneFor(messages int) {
	const least, base, each = 24 << 20, 12 << 20, 300
	debug.SetMemoryLimit(max(least, base+each*int64(messages)))
}
