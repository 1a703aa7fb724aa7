package main

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// lostHint is for connections that end, or on which nobody speaks the protocol.
const lostHint = "check that port and protocol of the place are the server's, or run the same command again later"

// networkHint gives the way out of what goes wrong below the protocols and on the disk.
func networkHint(err error) string {
	dns := (*net.DNSError)(nil)
	var timeout interface{ Timeout() bool }
	switch {
	case isBrokenPipe(err):
		return ""
	case errors.As(err, &dns):
		return "check the host name of the place and the network"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: check host and port of the place"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no way leads there: check the network"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "the server said nothing for too long; try again, or wait longer with --timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return lostHint
	case errors.Is(err, syscall.ENOSPC):
		return "make room on the disk and run the same command again"
	case errors.Is(err, fs.ErrPermission):
		return "check who may read and write there"
	}
	return ""
}
