package main

import "runtime/debug"

// tuneMemory keeps the resident size of a move of some ten thousand messages below 64 MB: the heap stays small beside the octets under
// way, which the engine bounds, and the collector works harder rather than letting it grow. The limit is
// soft (runtime/debug.SetMemoryLimit): a move that needs more gets it.
func tuneMemory() {
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(56 << 20)
}
