package export

import (
	"encoding/binary"
	"io"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/digitalinnovationone/headstart/extractor/store/npy"
)

// appendValues appends the shortest decimal numbers that are these float32.
func appendValues(line []string, values []float32) []string {
	var digits [32]byte
	for _, v := range values {
		line = append(line, string(strconv.AppendFloat(digits[:0], float64(v), 'g', -1, 32)))
	}
	return line
}

func writeNPY(w io.Writer, rows Rows) error {
	if _, err := w.Write(npy.Header(int64(rows.Len), rows.Dim)); err != nil {
		return err
	}
	var buf []byte
	for row := range rows.All {
		buf, _ = binary.Append(buf[:0], binary.LittleEndian, row.Embedding)
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

type parquetRow struct {
	SHA256    string    `parquet:"sha256"`
	Path      string    `parquet:"path"`
	Label     string    `parquet:"label,dict"`
	Split     string    `parquet:"split,dict"`
	Embedding []float32 `parquet:"embedding,list"`
}

// groupValues is how many values a row group has: 32 MB of them, which the
// writer holds in memory.
const groupValues = 8 << 20

func writeParquet(w io.Writer, rows Rows) error {
	group := int64(max(1, groupValues/max(1, rows.Dim)))
	file := parquet.NewGenericWriter[parquetRow](w, parquet.MaxRowsPerRowGroup(group))
	for row := range rows.All {
		line := parquetRow{row.SHA256, utf8(row.Path), utf8(row.Label), utf8(row.Split), row.Embedding}
		if _, err := file.Write([]parquetRow{line}); err != nil {
			return err
		}
	}
	return file.Close()
}

func utf8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
