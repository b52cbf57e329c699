package download

import "testing"

func TestAMirrorTakesThePlaceOfTheHost(t *testing.T) {
	const file = "https://huggingface.co/Qdrant/resnet50-onnx/resolve/main/model%20x.onnx?download=true"
	for mirror, want := range map[string]string{
		"https://mirror.example":        "https://mirror.example/Qdrant/resnet50-onnx/resolve/main/model%20x.onnx?download=true",
		"http://mirror.example:81/hub/": "http://mirror.example:81/hub/Qdrant/resnet50-onnx/resolve/main/model%20x.onnx?download=true",
	} {
		if got, err := OnMirror(mirror, file); got != want || err != nil {
			t.Errorf("%s: %s, %v", mirror, got, err)
		}
	}
	for _, mirror := range []string{"mirror.example", "ftp://mirror.example", "http://", "::"} {
		if got, err := OnMirror(mirror, file); err == nil {
			t.Errorf("%s was taken as %s", mirror, got)
		}
	}
}
