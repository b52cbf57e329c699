package headstart

import (
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

// Event is something that an [Engine] tells Config.OnEvent: one of the types
// [BackboneChosen], [InputStarted], [ExtractionStarted], [ImageDone], [ExtractionDone],
// [ThumbnailsStarted], [ThumbnailDone], [ThumbnailsDone], [ComparisonStarted],
// [ComparisonDone], [FitStarted], [FitDone], [CurvesStarted], [CurvesDone],
// [BaselineStarted], [BaselineImageDone] and [BaselineDone].
type Event interface{ event() }

// BackboneChosen tells which backbone the Engine uses.
type BackboneChosen struct {
	Backbone backbone.Backbone
	Auto     bool // it was not named in the Config
}

// InputStarted tells which of several ways to make embeddings comes next, see EffortBest.
type InputStarted struct {
	Name  string // of the backbone, the view and the size
	N, Of int    // this is the Nth, from 1
}

// ExtractionStarted begins a pass over images.
type ExtractionStarted struct {
	Total int // images, -1 where the number is not known
}

// ImageDone tells what became of one image, in the order of the images. Its
// embedding is valid during the call only.
type ImageDone struct{ extractor.Result }

// ExtractionDone ends a pass over images.
type ExtractionDone struct {
	MemoError error // why the store could not remember which files were read, if so
	ReadOnly  error // why nothing is written to the store, if so
}

// ThumbnailsStarted begins a pass over images whose thumbnails are not in the
// store. There is none if all are.
type ThumbnailsStarted struct{ Total int }

// ThumbnailDone tells that one more image was read for its thumbnail.
type ThumbnailDone struct{}

// ThumbnailsDone ends a pass over images that began with ThumbnailsStarted.
type ThumbnailsDone struct{}

// ComparisonStarted begins the search for near-duplicates among images of different
// bytes.
type ComparisonStarted struct{ Images int }

// ComparisonDone ends a search that began with ComparisonStarted.
type ComparisonDone struct{}

// FitStarted begins the training of a head.
type FitStarted struct{ Classes, Images int }

// FitDone ends the training of a head.
type FitDone struct{}

// CurvesStarted begins the fits of learning curves.
type CurvesStarted struct{}

// CurvesDone ends what began with CurvesStarted.
type CurvesDone struct{}

// BaselineStarted begins a look at images for a comparison with learning without
// transfer: each is read twice.
type BaselineStarted struct{ Total int }

// BaselineImageDone tells that one more image was read for it.
type BaselineImageDone struct{}

// BaselineDone ends what began with BaselineStarted.
type BaselineDone struct{}

func (BackboneChosen) event()    {}
func (InputStarted) event()      {}
func (ExtractionStarted) event() {}
func (ImageDone) event()         {}
func (ExtractionDone) event()    {}
func (ThumbnailsStarted) event() {}
func (ThumbnailDone) event()     {}
func (ThumbnailsDone) event()    {}
func (ComparisonStarted) event() {}
func (ComparisonDone) event()    {}
func (FitStarted) event()        {}
func (FitDone) event()           {}
func (CurvesStarted) event()     {}
func (CurvesDone) event()        {}
func (BaselineStarted) event()   {}
func (BaselineImageDone) event() {}
func (BaselineDone) event()      {}
