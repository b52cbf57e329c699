package imageio

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	valid := Preprocessing{
		Resize: 256, Crop: 224, Filter: "bicubic",
		Mean: [3]float32{124, 116, 104}, Std: [3]float32{58, 57, 57}, Layout: "NCHW", Type: "float32",
	}
	if err := valid.Validate(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Preprocessing){
		"crop 0":         func(p *Preprocessing) { p.Crop = 0 },
		"crop 5000":      func(p *Preprocessing) { p.Crop, p.Resize = 5000, 5000 },
		"resize 223":     func(p *Preprocessing) { p.Resize = 223 },
		`filter "lancz`:  func(p *Preprocessing) { p.Filter = "lanczos" },
		`layout "HWC"`:   func(p *Preprocessing) { p.Layout = "HWC" },
		`type "float16"`: func(p *Preprocessing) { p.Type = "float16" },
		"mean NaN":       func(p *Preprocessing) { p.Mean[1] = float32(math.NaN()) },
		"std 0":          func(p *Preprocessing) { p.Std[2] = 0 },
		"uint8 takes":    func(p *Preprocessing) { p.Type = "uint8" },
	} {
		p := valid
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}

func TestPreprocessingJSON(t *testing.T) {
	const text = `{"resize":224,"crop":224,"filter":"bilinear","mean":[127,127,127],"std":[128,128,128],"layout":"NCHW","type":"float32"}`
	var p Preprocessing
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(p); err != nil || string(again) != text {
		t.Errorf("became %s, %v", again, err)
	}
}
