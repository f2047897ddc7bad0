// Command oci-memory serves a container registry that keeps everything in memory, on the address given. Unlike
// Debian's registry it keeps what came of a chunk whose connection broke, and tells how much that is.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: oci-memory ADDRESS:PORT")
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, ociserver.New(ocimem.New(), nil)))
}
