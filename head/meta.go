package head

import (
	"encoding/json"

	"github.com/digitalinnovationone/headstart/head/metrics"
)

// Meta is the metadata of a head file.
type Meta struct {
	Format    int             `json:"format"`    // set by Write
	Headstart string          `json:"headstart"` // version of the program
	Classes   []string        `json:"classes"`   // in the order of the probabilities
	Backbone  Backbone        `json:"backbone"`
	Spec      json.RawMessage `json:"spec,omitempty"` // how embeddings are made
	SpecHash  string          `json:"spec_hash"`
	// Tried are the ways to make embeddings that the head was chosen from. It is nil if
	// there was one only, that of Spec.
	Tried    []Tried  `json:"tried,omitempty"`
	Training Training `json:"training"`
	// Calibration is nil if no temperature could be measured, and then the
	// temperature is 1.
	Calibration *Calibration `json:"calibration,omitempty"`
	// Unknown is nil if the head has no unknown score.
	Unknown *Unknown                  `json:"unknown,omitempty"`
	Scores  map[string]metrics.Scores `json:"scores,omitempty"` // by split, or by CrossValidated
	// Holdout says how the data was split before the fit. It is nil for data with
	// splits of its own, and if nothing was held back.
	Holdout *Holdout `json:"holdout,omitempty"`
	// NearBound is the distance, as Nearness returns it, up to which images are
	// near-duplicates of training images; 0 if it was not measured.
	NearBound float64 `json:"near_bound,omitempty"`
	// PictureBound is likewise the distance of pictures, see RememberPictures.
	PictureBound float64 `json:"picture_bound,omitempty"`
	// Digest is the SHA-256, in hexadecimal, of the head's numbers; set by
	// Write.
	Digest string `json:"digest,omitempty"`
}

// Backbone is the network whose embeddings a head understands.
type Backbone struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // of its file, in hexadecimal
}

// Tried is a way to make embeddings that a head was tried on.
type Tried struct {
	Name     string          `json:"name"` // as in Training.Input
	Backbone Backbone        `json:"backbone"`
	Spec     json.RawMessage `json:"spec"`
}

// Holdout says which shares of each class were held back, drawn by Seed.
type Holdout struct {
	Test float64 `json:"test,omitempty"`
	Val  float64 `json:"val,omitempty"`
	Seed uint64  `json:"seed"`
}

// CrossValidated is the key in Meta.Scores of the scores that Fit found by
// cross-validation.
const CrossValidated = "cross-validated"

// Unknown says which images belong to none of a head's classes.
type Unknown struct {
	Threshold   float64 `json:"threshold"` // of Head.UnknownScore
	KnownRecall float64 `json:"keep"`      // share of images of the classes that were asked to score at most Threshold
	// Lost is the share of new images of the classes that are expected to score
	// above Threshold: 1 − KnownRecall, or more where there are too few training
	// images for that. LostInterval is its 95 % confidence interval. Files of older
	// versions have neither, nor has a head where this was not measured, since all
	// images of some class are in one group.
	Lost         float64           `json:"lost,omitempty"`
	LostInterval *metrics.Interval `json:"lost_interval,omitempty"`
	Neighbours   int               `json:"neighbours"` // how many nearest training embeddings count
	References   int               `json:"references"` // training embeddings in the file
}
