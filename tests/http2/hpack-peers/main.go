// A peer of the HPACK fuzzing: golang.org/x/net/http2/hpack behind the messages of wire.mjs.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"os"

	"golang.org/x/net/http2/hpack"
)

const initialTableBytes = 4096

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	var block bytes.Buffer
	var encoder *hpack.Encoder
	var decoder *hpack.Decoder
	var head [5]byte
	var payload, answer []byte
	for {
		if in.Buffered() == 0 {
			check(out.Flush())
		}
		if _, err := io.ReadFull(in, head[:]); err == io.EOF {
			check(out.Flush())
			return
		} else {
			check(err)
		}
		length := int(binary.LittleEndian.Uint32(head[:]))
		if cap(payload) < length {
			payload = make([]byte, 2*length)
		}
		payload = payload[:length]
		_, err := io.ReadFull(in, payload)
		check(err)
		switch head[4] {
		case 'R': // A new connection. What it announces may be any size, the table begins with 4096 bytes.
			encoder = hpack.NewEncoder(&block)
			encoder.SetMaxDynamicTableSizeLimit(1 << 20)
			decoder = hpack.NewDecoder(initialTableBytes, func(hpack.HeaderField) {})
			decoder.SetAllowedMaxDynamicTableSize(binary.LittleEndian.Uint32(payload))
		case 'A': // The decoder announces a size.
			decoder.SetAllowedMaxDynamicTableSize(binary.LittleEndian.Uint32(payload))
		case 'T': // The other side announces a size.
			encoder.SetMaxDynamicTableSize(binary.LittleEndian.Uint32(payload))
		case 'E':
			block.Reset()
			for _, field := range readList(payload[1:]) {
				check(encoder.WriteField(field))
			}
			write(out, 'B', block.Bytes())
		case 'D':
			fields, err := decoder.DecodeFull(payload)
			if err != nil {
				write(out, 'X', []byte(err.Error()))
				continue
			}
			answer = answer[:0]
			for _, field := range fields {
				answer = appendField(answer, field)
			}
			write(out, 'L', answer)
		}
	}
}

func readList(list []byte) []hpack.HeaderField {
	var fields []hpack.HeaderField
	text := func() string {
		length := binary.LittleEndian.Uint32(list)
		characters := string(list[4 : 4+length])
		list = list[4+length:]
		return characters
	}
	for len(list) > 0 {
		sensitive := list[0] == 1
		list = list[1:]
		fields = append(fields, hpack.HeaderField{Name: text(), Value: text(), Sensitive: sensitive})
	}
	return fields
}

func appendField(list []byte, field hpack.HeaderField) []byte {
	sensitive := byte(0)
	if field.Sensitive {
		sensitive = 1
	}
	list = append(list, sensitive)
	for _, text := range []string{field.Name, field.Value} {
		list = binary.LittleEndian.AppendUint32(list, uint32(len(text)))
		list = append(list, text...)
	}
	return list
}

func write(out *bufio.Writer, kind byte, payload []byte) {
	var head [5]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(payload)))
	head[4] = kind
	_, err := out.Write(head[:])
	check(err)
	_, err = out.Write(payload)
	check(err)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
