package head

import (
	"fmt"
	"testing"
	"time"
)

func BenchmarkCurve(b *testing.B) {
	x, labels, _ := draw(10000, 1280, 10, 1)
	for b.Loop() {
		began := time.Now()
		c, err := MeasureCurve(b.Context(), x, labels, CurveOptions{})
		if err != nil {
			b.Fatal(err)
		}
		fmt.Println(time.Since(began), c.C)
		for _, p := range c.Points {
			fmt.Printf("%+v\n", p)
		}
		fmt.Printf("%+v\n%+v\n", c.Accuracy, c.LogLoss)
	}
}
