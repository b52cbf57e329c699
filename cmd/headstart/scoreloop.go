package main

import (
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/head"
)

// scored is what is known of an image. It is used again for the next.
type scored struct {
	path          string
	err           error // or else
	probabilities []float64
	unknown       *float64 // nil where the head has no unknown score
	isUnknown     bool     // and is to be called so
}

// class is the name for the likeliest class, or for none.
func (s *scored) class(likeliest string) string {
	if s.isUnknown {
		return unknownClass
	}
	return likeliest
}

// scoring writes a line for each image, in order.
type scoring struct {
	head        *head.Head
	callUnknown bool
	format      scoreFormat
	out         *scoreOutput
	image       scored
}

func (s *scoring) each(r extractor.Result) error {
	if r.PassedOver() {
		return nil
	}
	s.image.path, s.image.err = r.Sample.Path, r.Err
	if r.Err == nil {
		s.ask(r.Embedding)
	}
	return s.out.line(s.format.line(&s.image))
}

// ask lets the head look at an embedding.
func (s *scoring) ask(embedding []float32) {
	s.image.probabilities = s.head.Probabilities(embedding, s.image.probabilities)
	if known := s.head.Meta.Unknown; known != nil {
		score := s.head.UnknownScore(embedding)
		s.image.unknown = &score
		s.image.isUnknown = s.callUnknown && score > known.Threshold
	}
}
