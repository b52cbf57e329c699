package headstart

import (
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// FirstScreen is how many photos, or groups of duplicates, of a list of a [Report] a
// page shows before anything is clicked. The photos that matter are among them.
const FirstScreen = 24

// Report is everything worth looking at about a head and the images it was trained
// or tried on: what a page shows, and what it is in JSON. Numbers are plain, so that
// a page words them in any language.
//
// Every prediction in it is held out: of an image that the head was trained on, it
// is of a fit of the cross-validation that has seen neither the image nor its
// duplicates nor others of its group. Images without such a prediction are counted
// and are in no score.
//
// Photos are referred to by their index in Photos, classes by theirs in Classes,
// unless a field says otherwise. A chosen few of the images are photos: the rest is
// counted only.
type Report struct {
	Head     ReportHead    `json:"head"`
	Data     ReportData    `json:"data"`
	Classes  []string      `json:"classes"`  // in the order of probabilities, confusion and all else
	Measured Measured      `json:"measured"` // the scores that the page is about
	Others   []OtherScores `json:"others"`   // further scores, of other images
	// Refit is nil if no image is cross-validated, or by the training itself.
	Refit    *Refit            `json:"refit,omitempty"`
	Advice   []Advice          `json:"advice"` // at most MaxAdvice, the most useful first
	Photos   []Photo           `json:"photos"`
	Lists    Lists             `json:"lists"`
	Tried    []head.Candidate  `json:"tried"`              // the kinds of heads that cross-validation compared, see head.Candidate
	Unknown  *UnknownHistogram `json:"unknown,omitempty"`  // nil if the head has no unknown score
	Learning *LearningCurve    `json:"learning,omitempty"` // nil if it was not measured
	Pixels   *Pixels           `json:"pixels,omitempty"`   // nil if it was not measured
	Map      *Map              `json:"map,omitempty"`      // nil if there is none
	// NotLooked says why no photo shows where the network looked; "" if photos do.
	NotLooked string `json:"not_looked,omitempty"`
}

// ReportHead says which head a report is about.
type ReportHead struct {
	File     pathjson.String `json:"file,omitempty"`   // "" if it is not saved
	Digest   string          `json:"digest,omitempty"` // first 12 hexadecimal digits of the file's SHA-256
	Version  string          `json:"headstart"`        // of the program that trained it
	Backbone head.Backbone   `json:"backbone"`
	Training head.Training   `json:"training"` // its kind (Training.Head), images per class, C, folds, seed
}

// ReportData counts the images that were given. Images = those read and not read.
type ReportData struct {
	Sources    []pathjson.String `json:"sources,omitempty"` // the DATA arguments, if they are known
	Images     int               `json:"images"`
	Classes    []ClassCount      `json:"classes"`    // of those that could be read, by label as it is in the data
	Unreadable []UnreadableImage `json:"unreadable"` // the first MaxUnreadable
	// UnreadableImages counts all of those, and Unpredicted the images that could be
	// read but that no fit could predict without having seen them or their kin. None of
	// them is in any score.
	UnreadableImages int `json:"unreadable_images"`
	Unpredicted      int `json:"unpredicted"`
	Skipped          int `json:"skipped"` // files that are not images
}

// What the scores of a Measured can be over.
const (
	OverCrossValidation = "cross-validation" // training images, each by a fit without it
	OverTest            = "test"             // the test split
	OverVal             = "val"              // the val split
	OverUnseen          = "unseen"           // images that the head was not trained on, of no split
)

// Measured is how good the head is on images that it has not seen.
type Measured struct {
	Over string `json:"over"` // one of OverCrossValidation, OverTest, OverVal, OverUnseen
	*metrics.Metrics
	Cells       []Cell        `json:"cells"`       // of the confusion matrix, those with images, by row and column
	Reliability []Bin         `json:"reliability"` // ten bins of equal width of the likeliest class's probability, 0–0.1 first
	Curves      []ClassCurves `json:"curves"`      // of each class, each against the rest
}

// Refit says how fits that a report made for cross-validation, since the head file does
// not keep those of its training, differ from the head.
type Refit struct {
	SameHead bool `json:"same_head"` // the fit to all of its images gives the head itself, number for number
	Images   int  `json:"images"`    // that were fitted to
	Trained  int  `json:"trained"`   // images that the head was trained on
}

// OtherScores are scores of images that Measured is not about.
type OtherScores struct {
	Over string `json:"over"`
	metrics.Scores
}

// Cell is a cell of the confusion matrix.
type Cell struct {
	Actual    int   `json:"actual"`    // class
	Predicted int   `json:"predicted"` // class
	Images    int   `json:"images"`
	Photos    []int `json:"photos"` // the most confident first; may be fewer than Images
}

// Bin counts images by the probability of their likeliest class.
type Bin struct {
	Low         float64          `json:"low"`
	High        float64          `json:"high"`
	Images      int              `json:"images"`
	Probability float64          `json:"probability"` // mean, 0 without images
	Accuracy    float64          `json:"accuracy"`    // 0 without images
	Interval    metrics.Interval `json:"interval"`    // of Accuracy, 95 %
}

// ClassCurves are one class against the rest. They have at most 100 points each, and
// none where all images are of the class, or no image is.
type ClassCurves struct {
	Class int     `json:"class"`
	ROC   []Point `json:"roc"` // X false positive rate, Y true positive rate, from (0, 0) to (1, 1)
	PR    []Point `json:"pr"`  // X recall, Y precision, by rising recall
	// Confidence counts the class's images by the probability of their own class, in
	// ten bins of equal width.
	Confidence []int `json:"confidence"`
}

// Point is a point of a plot.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Photo is an image that a page can show.
type Photo struct {
	Path   pathjson.String `json:"path"` // as the user would write it; of a container FILE#RECORD
	Group  pathjson.String `json:"group,omitempty"`
	Split  dataset.Split   `json:"split,omitempty"`
	Label  pathjson.String `json:"label"`  // as in the data
	Actual int             `json:"actual"` // the label's class
	// Predicted is the likeliest class; -1 if there is no held-out prediction, and
	// then Probability, LabelProbability and LabelError are nil.
	Predicted        int      `json:"predicted"`
	CrossValidated   bool     `json:"cross_validated"`             // predicted by a fit of the cross-validation, not by the head
	Probability      *float64 `json:"probability,omitempty"`       // of Predicted
	LabelProbability *float64 `json:"label_probability,omitempty"` // of Actual
	LabelError       *float64 `json:"label_error,omitempty"`       // probability that the label is wrong, see LabelError.Wrong; nil without cross-validation
	UnknownScore     *float64 `json:"unknown,omitempty"`           // 0 to 2, see UnknownHistogram for the threshold

	// Thumbnail is a JPEG of at most MaxThumbnail bytes, upright, of the whole picture;
	// in JSON it is base64. It is nil, and Why says why, where the picture could not be
	// read again.
	Thumbnail []byte `json:"thumbnail,omitempty"`
	Width     int    `json:"width,omitempty"` // of the thumbnail, pixels
	Height    int    `json:"height,omitempty"`
	Why       string `json:"why,omitempty"`

	// LookedPredicted and LookedActual show where the network looked for the class it
	// predicted and for the actual one. They are nil where this was not asked for or
	// cannot be told; LookedActual also where both classes are the same.
	LookedPredicted *Heat `json:"looked_predicted,omitempty"`
	LookedActual    *Heat `json:"looked_actual,omitempty"`
}

// Heat is a class activation map: how much each part of the picture speaks for a
// class.
type Heat struct {
	Class  int       `json:"class"`
	Width  int       `json:"width"` // of the grid
	Height int       `json:"height"`
	Values []float32 `json:"values"` // row by row, the top one first; positive speaks for the class
	// Where the grid lies in the upright picture, as shares of its width and height:
	// a backbone may not see the edges.
	Left   float64 `json:"left"`
	Top    float64 `json:"top"`
	Right  float64 `json:"right"`
	Bottom float64 `json:"bottom"`
}

// Lists are photos that are worth a look. Of each list the count is that of all such
// images, the photos are the first of them. Of duplicates, and images of one group, with
// one label and one prediction, only one is listed and counted, but for label errors.
type Lists struct {
	Mistakes     List       `json:"mistakes"`      // the most confident first
	LabelErrors  List       `json:"label_errors"`  // the most suspect first; the count is of those that are more likely wrong than right, others follow on the first screen
	LeastCertain List       `json:"least_certain"` // by the probability of the likeliest class, lowest first
	MostUnknown  List       `json:"most_unknown"`  // by unknown score, highest first; the count is of those above the threshold
	Typical      [][]int    `json:"typical"`       // of each class, its most confident right predictions, at most six
	Duplicates   Duplicated `json:"duplicates"`
}

// List is some photos of all that it counts.
type List struct {
	Images int   `json:"images"`
	Photos []int `json:"photos"`
}

// Duplicated are images that look the same: contradicting ones first, then those in
// several splits, then the others, each largest group first.
type Duplicated struct {
	Groups         int              `json:"groups"`         // in all
	Images         int              `json:"images"`         // in all of them
	Contradictions int              `json:"contradictions"` // groups with different labels
	Leaks          int              `json:"leaks"`          // groups in several splits
	Shown          []DuplicateGroup `json:"shown"`          // the first of them
}

// DuplicateGroup is images that look the same.
type DuplicateGroup struct {
	Same            string `json:"same"` // "bytes", or "picture" if some are near-duplicates
	DifferentLabels bool   `json:"different_labels"`
	Leak            bool   `json:"leak"` // in several splits
	Images          int    `json:"images"`
	Photos          []int  `json:"photos"` // may be fewer than Images
}

// UnknownHistogram compares unknown scores with the head's threshold. The scores are
// of images of the data, each without itself and its group.
type UnknownHistogram struct {
	Threshold   float64 `json:"threshold"`
	KnownRecall float64 `json:"known_recall"` // share of known images that were asked to score at most Threshold
	Images      int     `json:"images"`
	Above       int     `json:"above"` // images that score above Threshold
	// Known counts images by score, in bins of equal width from Low to High.
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Known []int   `json:"known"`
}

// Kinds of advice. Each says which fields of Advice it fills in.
const (
	AdviceLabels         = "labels"         // Count suspected labels of Of images: look at Lists.LabelErrors
	AdviceContradictions = "contradictions" // Count groups of duplicates have different labels
	AdviceLeaks          = "leaks"          // Count groups of duplicates are in several splits
	AdviceConfused       = "confused"       // of Of mistakes whose labels are not suspected, Count are between Class and Other: more photos of Class would help most
	AdviceFewPhotos      = "few-photos"     // Class has only Count images: its recall is anywhere in Interval
	AdviceUneven         = "uneven"         // Class has Count images, Other has Of
	AdviceUnknown        = "unknown"        // Count of Of images look like nothing else: their unknown scores are above Fence, as those of Expected images would be by chance
	AdviceDuplicates     = "duplicates"     // Count of Of images are further copies of others
	AdviceMorePhotos     = "more-photos"    // twice the photos would raise accuracy by a value in Interval, which is above 0
	AdviceUnreadable     = "unreadable"     // Count of Of images could not be read
)

// MaxAdvice is how many pieces of advice there are at most.
const MaxAdvice = 5

// Advice is one thing to do next, with the numbers that justify it. Fields that its
// kind does not name are empty.
type Advice struct {
	Kind     string            `json:"kind"`
	Class    string            `json:"class,omitempty"`
	Other    string            `json:"other,omitempty"` // class
	Count    int               `json:"count,omitempty"`
	Of       int               `json:"of,omitempty"`
	Fence    float64           `json:"fence,omitempty"`    // unknown score
	Expected float64           `json:"expected,omitempty"` // images
	Interval *metrics.Interval `json:"interval,omitempty"` // 95 %
}

// Limits of a Report.
const (
	MaxPhotos     = 1000   // so that a page of all of them stays below 25 MB
	MaxThumbnail  = 15_000 // bytes
	MaxUnreadable = 200    // that are named
	ThumbnailEdge = 192    // pixels of a thumbnail's longer edge, at most
	MaxMapPoints  = 2000   // so that a neighbour embedding takes seconds
)
