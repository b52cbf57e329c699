package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// A file goes into an archive under its name.
type file struct {
	name    string
	content []byte
	mode    fs.FileMode
}

// under returns files with their names below a folder, which ends in a slash.
func under(folder string, files []file) []file {
	moved := slices.Clone(files)
	for i := range moved {
		moved[i].name = folder + moved[i].name
	}
	return moved
}

func writeZip(w io.Writer, files []file, at time.Time) error {
	archive := zip.NewWriter(w)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at.UTC()}
		header.SetMode(f.mode)
		entry, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

// writeTarGz writes files, and before them the folders that they are in.
func writeTarGz(w io.Writer, files []file, at time.Time) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	for _, folder := range foldersOf(files) {
		header := &tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o755, ModTime: at.UTC(), Uname: "root", Gname: "root"}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	for _, f := range files {
		header := &tar.Header{Name: f.name, Size: int64(len(f.content)), Mode: int64(f.mode), ModTime: at.UTC(), Uname: "root", Gname: "root"}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(f.content); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return compressed.Close()
}

// foldersOf returns the folders that files are in, parents first, each ending in a
// slash.
func foldersOf(files []file) []string {
	var folders []string
	for _, f := range files {
		for dir := path.Dir(f.name); dir != "."; dir = path.Dir(dir) {
			folders = append(folders, strings.TrimSuffix(dir, "/")+"/")
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}
