// extract reads EigenLayer's Go bindings as data: the ABI and the creation
// bytecode of each contract, written as one JSON artifact each.
//
//	extract HASHES MODULE OUT
//
// HASHES lists the contracts wanted, each with the sha256 of its creation
// bytecode; MODULE is the directory of the downloaded module; OUT is an
// existing directory. Nothing of the module is compiled: its dependencies would
// be ninety more modules.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// artifact is what the harness reads, the common part of what solc's users
// call an artifact.
type artifact struct {
	ContractName string          `json:"contractName"`
	ABI          json.RawMessage `json:"abi"`
	Bytecode     string          `json:"bytecode"`
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: extract HASHES MODULE OUT")
		os.Exit(64)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "avsbed: extract:", err)
		os.Exit(2)
	}
}

func run(hashes, module, out string) error {
	wanted, err := readHashes(hashes)
	if err != nil {
		return err
	}
	for _, w := range wanted {
		a, err := readBinding(module, w.name)
		if err != nil {
			return err
		}
		if err := a.check(w.sum); err != nil {
			return fmt.Errorf("%s: %w (%s)", w.name, err, hashes)
		}
		text, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("%s: its ABI is not JSON: %w", w.name, err)
		}
		path := filepath.Join(out, w.name+".json")
		if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			return err
		}
	}
	return nil
}

type contract struct{ sum, name string }

// readHashes parses lines of "SHA256  NAME"; # starts a comment.
func readHashes(path string) ([]contract, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []contract
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) != 2 || len(f[0]) != 2*sha256.Size {
			return nil, fmt.Errorf("%s:%d: want \"SHA256  NAME\", have %q", path, n, line)
		}
		list = append(list, contract{sum: f[0], name: f[1]})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s lists no contract", path)
	}
	return list, lines.Err()
}

// readBinding finds `var <Name>MetaData = &bind.MetaData{ABI: …, Bin: …}`.
func readBinding(module, name string) (*artifact, error) {
	path := filepath.Join(module, "pkg", "bindings", name, "binding.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	fields := metaData(file, name+"MetaData")
	abi, bin := fields["ABI"], fields["Bin"]
	if abi == "" || bin == "" {
		return nil, fmt.Errorf("%s: %s has no %sMetaData with ABI and Bin", name, path, name)
	}
	return &artifact{ContractName: name, ABI: json.RawMessage(abi), Bytecode: bin}, nil
}

// metaData returns the string fields of the composite literal whose address is
// the value of the package variable called name.
func metaData(file *ast.File, name string) map[string]string {
	fields := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || spec.Names[0].Name != name || len(spec.Values) != 1 {
			return true
		}
		ref, ok := spec.Values[0].(*ast.UnaryExpr)
		if !ok {
			return false
		}
		lit, ok := ref.X.(*ast.CompositeLit)
		if !ok {
			return false
		}
		for _, e := range lit.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			key, ok := kv.Key.(*ast.Ident)
			value, isLit := kv.Value.(*ast.BasicLit)
			if !ok || !isLit || value.Kind != token.STRING {
				continue
			}
			if s, err := strconv.Unquote(value.Value); err == nil {
				fields[key.Name] = s
			}
		}
		return false
	})
	return fields
}

// check compares the bytecode with the pinned hash.
func (a *artifact) check(want string) error {
	if !strings.HasPrefix(a.Bytecode, "0x") {
		return errors.New("its bytecode does not start with 0x")
	}
	code, err := hex.DecodeString(a.Bytecode[2:])
	if err != nil {
		return fmt.Errorf("its bytecode is not hex: %w", err)
	}
	sum := sha256.Sum256(code)
	if have := hex.EncodeToString(sum[:]); have != want {
		return fmt.Errorf("creation bytecode has sha256 %s, pinned is %s", have, want)
	}
	return nil
}
