package main

import (
	"strings"
	"testing"
)

func TestWriteMailHasItsSize(t *testing.T) {
	for _, octets := range []int64{1000, 4096, 4097, 4098, 4099, 5 << 10, 100_001} {
		for i := range 50 {
			var a, b strings.Builder
			if err := writeMail(&a, i, octets); err != nil {
				t.Fatal(err)
			}
			writeMail(&b, i, octets)
			if a.String() != b.String() {
				t.Fatalf("message %d differs from itself", i)
			}
			got := int64(a.Len() + strings.Count(a.String(), "\n"))
			if got != octets || strings.Contains(a.String(), "\r") {
				t.Errorf("message %d has %d octets, want %d", i, got, octets)
			}
		}
	}
}

func TestLoad(t *testing.T) {
	rows := map[string]load{"20000x5KB": {20000, 5120}, "1x300MB": {1, 300 << 20}, "7x9": {7, 9}}
	for text, want := range rows {
		var got load
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("Set(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5KB", "0x5KB", "5x", "5x5GBx"} {
		var l load
		if l.Set(text) == nil {
			t.Errorf("Set(%q): no error", text)
		}
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Errorf("median = %v", got)
	}
	if got := median([]float64{4, 1, 2, 3}); got != 2.5 {
		t.Errorf("median = %v", got)
	}
}
