// Command check-log checks what a Stalela log publishes, with no code of Stalela's: the tree and the
// notes are read by the Go project's own libraries, those of the checksum database of Go modules
// (golang.org/x/mod/sumdb/tlog and note), and the signature by the standard library.
//
//	check-log proof       VKEY PROOF [ENTRY]   a tlog-proof; of the entry in it, or of that file
//	check-log consistency VKEY ROOT REQUEST    that ROOT (base64, of the old size) is continued
//	check-log tiles       VKEY FOLDER          FOLDER/checkpoint and all of FOLDER/tile/…
//
// VKEY is the log's key as text: name+id+base64(0x02 ‖ SubjectPublicKeyInfo), the signature type of
// ECDSA in c2sp.org/signed-note. With Debian's packages golang-go and golang-golang-x-mod-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run main.go …
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "check-log:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: check-log proof|consistency|tiles VKEY …")
	}
	key, err := readKey(args[1])
	if err != nil {
		return err
	}
	switch command, rest := args[0], args[2:]; {
	case command == "proof" && len(rest) <= 2:
		return checkProof(key, rest)
	case command == "consistency" && len(rest) == 2:
		return checkConsistency(key, rest[0], rest[1])
	case command == "tiles" && len(rest) == 1:
		return checkTiles(key, rest[0])
	}
	return errors.New("usage: check-log proof|consistency|tiles VKEY …")
}

// An ecdsaKey verifies notes: ASN.1 signatures over SHA-256.
type ecdsaKey struct {
	name   string
	id     uint32
	public *ecdsa.PublicKey
}

func (k *ecdsaKey) Name() string    { return k.name }
func (k *ecdsaKey) KeyHash() uint32 { return k.id }
func (k *ecdsaKey) Verify(msg, sig []byte) bool {
	hash := sha256.Sum256(msg)
	return ecdsa.VerifyASN1(k.public, hash[:], sig)
}

func readKey(text string) (*ecdsaKey, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("a key is name+id+base64")
	}
	encoded, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(encoded) == 0 || encoded[0] != 2 {
		return nil, errors.New("the key is not one of ECDSA")
	}
	public, err := x509.ParsePKIXPublicKey(encoded[1:])
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(encoded[1:])
	id := binary.BigEndian.Uint32(hash[:4])
	if fmt.Sprintf("%08x", id) != parts[1] {
		return nil, errors.New("the key's id is that of another key")
	}
	point, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("the key is not one of ECDSA")
	}
	return &ecdsaKey{parts[0], id, point}, nil
}

// openCheckpoint gives the tree of a note that the key signed.
func openCheckpoint(key *ecdsaKey, text []byte) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != key.name {
		return tlog.Tree{}, errors.New("the checkpoint is not of the log that the key is of")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func checkProof(key *ecdsaKey, args []string) error {
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	var extra []byte
	if rest, ok := cutPrefix(lines[0], "extra "); ok {
		if extra, err = base64.StdEncoding.DecodeString(rest); err != nil {
			return err
		}
		lines = lines[1:]
	}
	rest, _ := cutPrefix(lines[0], "index ")
	index, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return err
	}
	entry, err := entryOf(extra, args[1:])
	if err != nil {
		return err
	}
	path, err := hashes(lines[1:])
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(key, checkpoint)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("entry %d of %d of %s\n", index+1, tree.N, key.name)
	return nil
}

// entryOf is the entry in a file, or the one that leads the proof's own extra data.
func entryOf(extra []byte, files []string) ([]byte, error) {
	if len(files) == 1 {
		return os.ReadFile(files[0])
	}
	if len(extra) < 2 || len(extra) < 2+int(binary.BigEndian.Uint16(extra)) {
		return nil, errors.New("the proof does not carry its entry: name the file that holds it")
	}
	return extra[2 : 2+int(binary.BigEndian.Uint16(extra))], nil
}

func checkConsistency(key *ecdsaKey, oldRoot, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, checkpoint, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	rest, isOld := cutPrefix(lines[0], "old ")
	if !ok || !isOld {
		return errors.New("not a request to a witness")
	}
	old, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return err
	}
	root, err := tlog.ParseHash(oldRoot)
	if err != nil {
		return err
	}
	proof, err := hashes(lines[1:])
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(key, checkpoint)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, root); err != nil {
		return err
	}
	fmt.Printf("%d entries of %s continue %d\n", tree.N, key.name, old)
	return nil
}

// A folder holds a log's files under the paths that it serves them at.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), path(tile)))
		if err != nil && tile.W < 256 {
			full := tile
			full.W = 256
			data, err = os.ReadFile(filepath.Join(string(f), path(full)))
			if err == nil {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

// path is the tile's in c2sp.org/tlog-tiles: that of the checksum database without its height.
func path(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
}

func checkTiles(key *ecdsaKey, name string) error {
	text, err := os.ReadFile(filepath.Join(name, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(key, text)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, folder(name))
	indexes := make([]int64, tree.N)
	for leaf := range indexes {
		indexes[leaf] = tlog.StoredHashIndex(0, int64(leaf))
	}
	leaves, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	entries, err := checkEntries(name, leaves)
	if err != nil {
		return err
	}
	fmt.Printf("%d leaves and %d entries of %s\n", tree.N, entries, key.name)
	return nil
}

// checkEntries holds every bundle that is there against the leaves.
func checkEntries(name string, leaves []tlog.Hash) (int, error) {
	count := 0
	root := filepath.Join(name, "tile", "entries")
	err := filepath.WalkDir(root, func(file string, item fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || (err == nil && item.IsDir()) {
			return nil
		}
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		tile, err := tlog.ParseTilePath("tile/8/0/" + filepath.ToSlash(relative))
		if err != nil {
			return err
		}
		bundle, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for leaf := int(tile.N) * 256; leaf < int(tile.N)*256+tile.W; leaf++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("%s ends too early", file)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			if leaf >= len(leaves) || tlog.RecordHash(bundle[2:end]) != leaves[leaf] {
				return fmt.Errorf("entry %d in %s is another one", leaf+1, file)
			}
			bundle = bundle[end:]
			count++
		}
		return nil
	})
	return count, err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	all := []tlog.Hash{}
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		all = append(all, hash)
	}
	return all, nil
}

func cutPrefix(text, prefix string) (string, bool) {
	return strings.TrimPrefix(text, prefix), strings.HasPrefix(text, prefix)
}
