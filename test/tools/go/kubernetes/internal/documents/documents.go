// Package documents reads YAML the way Kubernetes does: documents parted by "---", each turned into JSON.
package documents

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Document is one YAML document, as the JSON that Kubernetes would see.
type Document struct {
	File  string          `json:"file"`
	Index int             `json:"index"`
	Value json.RawMessage `json:"value"`
}

// ReadAll reads the named files, or standard input when there are none. A duplicate key is an error.
func ReadAll(files []string) ([]Document, error) {
	if len(files) == 0 {
		return read("-", os.Stdin)
	}
	documents := []Document{}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		found, err := read(name, file)
		file.Close()
		if err != nil {
			return nil, err
		}
		documents = append(documents, found...)
	}
	return documents, nil
}

func read(name string, source io.Reader) ([]Document, error) {
	documents := []Document{}
	reader := utilyaml.NewYAMLReader(bufio.NewReader(source))
	for index := 0; ; index++ {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: document %d: %w", name, index, err)
		}
		value, err := yaml.YAMLToJSONStrict(text)
		if err != nil {
			return nil, fmt.Errorf("%s: document %d: %w", name, index, err)
		}
		if bytes.Equal(value, []byte("null")) {
			continue
		}
		documents = append(documents, Document{File: name, Index: index, Value: value})
	}
}
