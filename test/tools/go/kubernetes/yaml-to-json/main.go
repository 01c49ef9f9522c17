// Command yaml-to-json prints what Kubernetes' own YAML reader understands, so that a test can compare it with what was meant.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"flagstone.dev/test-tools/internal/documents"
)

func main() {
	found, err := documents.ReadAll(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
