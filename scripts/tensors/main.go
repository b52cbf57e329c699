// Command tensors decodes the image files named on standard input with
// extractor/imageio, for scripts that compare it with other software. For each
// it prints the file, the milliseconds its tensor took and what was wrong with
// it, separated by tabs. With -o it writes the tensors too: 32-bit floats of
// levels in the order row, column, channel, zeros where there was an error.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

func main() {
	log.SetFlags(0)
	resize := flag.Int("resize", 224, "pixels of the shorter side")
	crop := flag.Int("crop", 224, "pixels of the square kept")
	filter := flag.String("filter", "bilinear", "bilinear or bicubic")
	layout := flag.String("layout", "NHWC", "NHWC or NCHW")
	repeat := flag.Int("repeat", 1, "how often to decode each file; the quickest counts")
	output := flag.String("o", os.DevNull, "file to write the tensors to")
	flag.Parse()
	p := imageio.Preprocessing{
		Resize: *resize, Crop: *crop, Filter: *filter,
		Std: [3]float32{1, 1, 1}, Layout: *layout, Type: "float32",
	}
	out, err := os.Create(*output)
	if err != nil {
		log.Fatal(err)
	}
	if err := tensors(os.Stdin, out, p, *repeat); err != nil {
		log.Fatal(err)
	}
	if err := out.Close(); err != nil {
		log.Fatal(err)
	}
}

func tensors(names io.Reader, out io.Writer, p imageio.Preprocessing, repeat int) error {
	var d imageio.Decoder
	tensor := make([]float32, p.Len())
	files := bufio.NewScanner(names)
	for files.Scan() {
		data, err := os.ReadFile(files.Text())
		if err != nil {
			return err
		}
		quickest := time.Hour
		for range repeat {
			start := time.Now()
			err = d.Tensor(context.Background(), tensor, data, p)
			quickest = min(quickest, time.Since(start))
		}
		wrong := ""
		if err != nil {
			wrong = err.Error()
			clear(tensor)
		}
		fmt.Printf("%s\t%.3f\t%s\n", files.Text(), float64(quickest.Microseconds())/1e3, wrong)
		if err := binary.Write(out, binary.LittleEndian, tensor); err != nil {
			return err
		}
	}
	return files.Err()
}
