package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const windowBytes = 1 << 30

// request has the frames of a call, in one piece.
type request struct {
	frames []byte
	// Where the stream's id stands in it.
	ids      []int
	bodySize int
	isGrpc   bool
}

func newRequest(address, path, protocol string, body []byte) *request {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	// The same bytes for all calls: nothing of them is in the server's table.
	encoder.SetMaxDynamicTableSizeLimit(0)
	fields := []string{":method", "POST", ":scheme", "http", ":path", path, ":authority", address}
	if protocol == "grpc" {
		fields = append(fields, "content-type", "application/grpc", "te", "trailers")
	} else {
		length := fmt.Sprint(len(body))
		fields = append(fields, "content-type", "application/proto", "connect-protocol-version", "1", "content-length", length)
	}
	for i := 0; i < len(fields); i += 2 {
		if err := encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}); err != nil {
			log.Fatal(err)
		}
	}
	var frames bytes.Buffer
	framer := http2.NewFramer(&frames, nil)
	if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true}); err != nil {
		log.Fatal(err)
	}
	second := frames.Len()
	if err := framer.WriteData(1, true, body); err != nil {
		log.Fatal(err)
	}
	return &request{frames.Bytes(), []int{5, second + 5}, len(body), protocol == "grpc"}
}

type connection struct {
	request *request
	socket  net.Conn
	framer  *http2.Framer
	// Of the calls that are over.
	latencies []time.Duration
	// Closed loop: an answer is followed by the next call.
	repeatUntil time.Time

	lock   sync.Mutex
	frames []byte
	nextId uint32
	window int64
	most   uint32
	// When each open call was meant to be sent, and whether its answer is good so far.
	open map[uint32]*call
	// Calls that wait for the server's limits, by the times they were meant to be sent at.
	waiting []time.Time
	unread  uint32
}

type call struct {
	meant  time.Time
	status bool
	answer bool
}

func dial(address string, request *request) (*connection, error) {
	socket, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := &connection{
		request: request, socket: socket, framer: http2.NewFramer(socket, bufio.NewReaderSize(socket, 1<<16)),
		frames: bytes.Clone(request.frames), nextId: 1, window: 65535, most: 100, open: map[uint32]*call{},
	}
	c.framer.SetReuseFrames()
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if _, err = socket.Write([]byte(http2.ClientPreface)); err != nil {
		return nil, err
	}
	if err = c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: windowBytes}); err != nil {
		return nil, err
	}
	if err = c.framer.WriteWindowUpdate(0, windowBytes); err != nil {
		return nil, err
	}
	// The first frame is the server's settings.
	if err = c.readFrame(); err != nil {
		return nil, err
	}
	go func() {
		for {
			if err := c.readFrame(); err != nil {
				log.Fatal(err)
			}
		}
	}()
	return c, nil
}

// call sends a call, or lets it wait for the server's limits.
func (c *connection) call(meant time.Time) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if len(c.waiting) > 0 || !c.send(meant) {
		c.waiting = append(c.waiting, meant)
	}
}

func (c *connection) send(meant time.Time) bool {
	if c.window < int64(c.request.bodySize) || uint32(len(c.open)) >= c.most {
		return false
	}
	for _, at := range c.request.ids {
		binary.BigEndian.PutUint32(c.frames[at:], c.nextId)
	}
	c.open[c.nextId] = &call{meant: meant}
	c.nextId += 2
	c.window -= int64(c.request.bodySize)
	if _, err := c.socket.Write(c.frames); err != nil {
		log.Fatal(err)
	}
	return true
}

func (c *connection) sendWaiting() {
	for len(c.waiting) > 0 && c.send(c.waiting[0]) {
		c.waiting = c.waiting[1:]
	}
}

func (c *connection) readFrame() error {
	read, err := c.framer.ReadFrame()
	if err != nil {
		return err
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	switch frame := read.(type) {
	case *http2.SettingsFrame:
		if frame.IsAck() {
			return nil
		}
		if most, given := frame.Value(http2.SettingMaxConcurrentStreams); given {
			c.most = most
		} else {
			c.most = 1 << 20
		}
		return c.framer.WriteSettingsAck()
	case *http2.PingFrame:
		if !frame.IsAck() {
			return c.framer.WritePing(true, frame.Data)
		}
	case *http2.WindowUpdateFrame:
		if frame.StreamID == 0 {
			c.window += int64(frame.Increment)
			c.sendWaiting()
		}
	case *http2.DataFrame:
		return c.data(frame)
	case *http2.MetaHeadersFrame:
		return c.head(frame)
	case *http2.RSTStreamFrame:
		// A server that has answered may say that it wants no more of the request.
		if _, isOpen := c.open[frame.StreamID]; isOpen {
			return fmt.Errorf("a call was reset: %v", frame.ErrCode)
		}
	case *http2.GoAwayFrame:
		return fmt.Errorf("the server ends the connection: %v %s", frame.ErrCode, frame.DebugData())
	}
	return nil
}

func (c *connection) data(frame *http2.DataFrame) error {
	if c.unread += frame.Length; c.unread >= windowBytes/2 {
		if err := c.framer.WriteWindowUpdate(0, c.unread); err != nil {
			return err
		}
		c.unread = 0
	}
	if call := c.open[frame.StreamID]; call != nil && frame.Length > 0 {
		call.answer = true
		call.status = call.status || !c.request.isGrpc
	}
	return c.over(frame.StreamID, frame.StreamEnded())
}

func (c *connection) head(frame *http2.MetaHeadersFrame) error {
	for _, field := range frame.Fields {
		if field.Name == ":status" && field.Value != "200" || field.Name == "grpc-status" && field.Value != "0" {
			return fmt.Errorf("the answer has %s %s", field.Name, field.Value)
		}
		if call := c.open[frame.StreamID]; call != nil && field.Name == "grpc-status" {
			call.status = true
		}
	}
	return c.over(frame.StreamID, frame.StreamEnded())
}

func (c *connection) over(id uint32, ended bool) error {
	call := c.open[id]
	if call == nil || !ended {
		return nil
	}
	if !call.answer || !call.status {
		return fmt.Errorf("an answer is not whole")
	}
	delete(c.open, id)
	now := time.Now()
	c.latencies = append(c.latencies, now.Sub(call.meant))
	if now.Before(c.repeatUntil) {
		c.waiting = append(c.waiting, now)
	}
	c.sendWaiting()
	return nil
}

// await waits until all calls are over.
func (c *connection) await(longest time.Duration) {
	for begun := time.Now(); ; time.Sleep(time.Millisecond) {
		c.lock.Lock()
		left := len(c.open) + len(c.waiting)
		c.lock.Unlock()
		if left == 0 {
			return
		}
		if time.Since(begun) > longest && time.Now().After(c.repeatUntil) {
			log.Fatalf("%d calls are not answered", left)
		}
	}
}
