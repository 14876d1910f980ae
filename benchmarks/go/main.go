// Servers of Go's stacks for benchmarks: <program> grpc-go|connect-go. They print their port.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"bench/gen/benchv1"
	"bench/gen/benchv1/benchv1connect"

	"connectrpc.com/connect"
	"google.golang.org/grpc"
)

type grpcService struct {
	benchv1.UnimplementedBenchServiceServer
}

func (grpcService) Tiny(_ context.Context, request *benchv1.TinyRequest) (*benchv1.TinyResponse, error) {
	return &benchv1.TinyResponse{Text: request.Text}, nil
}

func (grpcService) Nested(_ context.Context, request *benchv1.NestedRequest) (*benchv1.NestedResponse, error) {
	return &benchv1.NestedResponse{Order: request.Order}, nil
}

type connectService struct {
	benchv1connect.UnimplementedBenchServiceHandler
}

func (connectService) Tiny(_ context.Context, request *connect.Request[benchv1.TinyRequest]) (*connect.Response[benchv1.TinyResponse], error) {
	return connect.NewResponse(&benchv1.TinyResponse{Text: request.Msg.Text}), nil
}

func (connectService) Nested(_ context.Context, request *connect.Request[benchv1.NestedRequest]) (*connect.Response[benchv1.NestedResponse], error) {
	return connect.NewResponse(&benchv1.NestedResponse{Order: request.Msg.Order}), nil
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	switch os.Args[1] {
	case "grpc-go":
		server := grpc.NewServer()
		benchv1.RegisterBenchServiceServer(server, grpcService{})
		log.Fatal(server.Serve(listener))
	case "connect-go":
		mux := http.NewServeMux()
		mux.Handle(benchv1connect.NewBenchServiceHandler(connectService{}))
		protocols := new(http.Protocols)
		protocols.SetHTTP1(true)
		protocols.SetUnencryptedHTTP2(true)
		server := &http.Server{Handler: mux, Protocols: protocols}
		log.Fatal(server.Serve(listener))
	default:
		log.Fatalf("no stack %q", os.Args[1])
	}
}
