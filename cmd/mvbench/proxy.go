package main

import (
	"net"
	"sync"
	"time"
)

// delayTo listens on loopback and passes every connection on to target, each octet delayed by delay on
// its way. Bandwidth and loss are not modelled; a sender is held back only by what is on its way (32 MB).
// The listener ends it.
func delayTo(target string, delay time.Duration) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go pass(c, target, delay)
		}
	}()
	return l, nil
}

func pass(client net.Conn, target string, delay time.Duration) {
	defer client.Close()
	time.Sleep(3 * delay) // the handshake: SYN, SYN-ACK and ACK are on their way before the server speaks
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { flow(server.(*net.TCPConn), client, delay) })
	both.Go(func() { flow(client.(*net.TCPConn), server, delay) })
	both.Wait()
}

// parcel is what came in one read and when it is due at the other side.
type parcel struct {
	due    time.Time
	octets []byte
}

// flow carries one direction until from ends, and then says so to the other side.
func flow(to *net.TCPConn, from net.Conn, delay time.Duration) {
	const onTheWay, piece = 32 << 20, 64 << 10
	queue := make(chan parcel, onTheWay/piece)
	go func() {
		defer close(queue)
		for {
			buf := make([]byte, piece)
			n, err := from.Read(buf)
			if n > 0 {
				queue <- parcel{time.Now().Add(delay), buf[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range queue {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.octets); err != nil {
			from.Close()
		}
	}
	to.CloseWrite()
}
