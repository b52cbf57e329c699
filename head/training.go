package head

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
)

// Kinds of heads.
const (
	Auto         = "auto"          // LogisticUnit, or Logistic or LDA where cross-validation shows that it is better; see Options.Folds
	Logistic     = "logistic"      // logistic regression on standardised embeddings
	LogisticUnit = "logistic-unit" // logistic regression on embeddings scaled to length 1
	LDA          = "lda"           // linear discriminant analysis with a shrunk covariance
	MLP          = "mlp"           // a perceptron with one hidden layer, on embeddings scaled to length 1
)

// Kinds returns what Options.Head may be, besides empty.
func Kinds() []string { return []string{Auto, Logistic, LogisticUnit, LDA, MLP} }

// Grid returns the values of C that are tried when none is given: 1e-4 to 10,
// two a decade, in ascending order.
func Grid() []float64 {
	return []float64{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10}
}

// MaxC is the largest C. It leaves almost no penalty; for a far larger C float32
// products could not tell it from none.
const MaxC = 1e4

// Training says how a head was fitted. It is kept in the head file.
type Training struct {
	Images []int  `json:"images"`         // per class
	Head   string `json:"head,omitempty"` // a kind, never Auto; empty in files of format 1: Logistic
	// C is the inverse strength of the penalty of Logistic and LogisticUnit, see
	// Solver.
	C         float64 `json:"c,omitempty"`
	Shrinkage float64 `json:"shrinkage,omitempty"` // of LDA's covariance, 0 to 1
	Hidden    int     `json:"hidden,omitempty"`    // units of MLP
	// Unit says that embeddings are scaled to length 1 first: always of LogisticUnit,
	// whose older files do not say so, and of MLP but for older files.
	Unit bool `json:"unit,omitempty"`
	// Input names the matrix that was chosen of several, see FitBest.
	Input string `json:"input,omitempty"`
	// Blocks are those that the head uses, of embeddings that consist of blocks: its
	// own embeddings are these side by side, in this order.
	Blocks []BlockWeight `json:"blocks,omitempty"`
	Folds  int           `json:"folds"` // held out; 0 if there was no cross-validation, see also Options
	Seed   uint64        `json:"seed"`
	// Candidates are the results of cross-validation for all that was tried.
	Candidates []Candidate `json:"candidates,omitempty"`
	// Path is every C that was cross-validated for this kind of head, in
	// ascending order. Once two in a row are worse than one before, larger ones
	// are not tried.
	Path   []PathPoint `json:"path,omitempty"`
	Solver Solver      `json:"solver"` // of the fit to all images
}

// Candidate is the result of cross-validation for one kind of head, on one input
// and some of its blocks.
type Candidate struct {
	Head    string        `json:"head"`
	Input   string        `json:"input,omitempty"`
	Blocks  []BlockWeight `json:"blocks,omitempty"`
	C       float64       `json:"c,omitempty"` // the best on the path, of logistic regression
	LogLoss float64       `json:"log_loss"`    // calibrated and cross-fitted, mean over held-out images, natural logarithm
	// Smoothed is what kinds are compared by: LogLoss as it would be if, with so few
	// images, half a mistake had not been seen yet.
	Smoothed float64 `json:"smoothed_log_loss"`
}

// Name is the kind of head, where there are several blocks with the weight of the
// earlier ones, and the input if it has a name: "logistic-unit, earlier blocks × 0.5".
func (c Candidate) Name() string {
	name := c.Head
	if len(c.Blocks) > 1 {
		name += fmt.Sprintf(", earlier blocks × %g", c.Blocks[0].Weight)
	}
	if c.Input != "" {
		name += ", " + c.Input
	}
	return name
}

// PathPoint is the result of cross-validation for one value of C.
type PathPoint struct {
	C         float64 `json:"c"`
	LogLoss   float64 `json:"log_loss"`  // at the temperature that C is judged at, its prior's term included, mean over held-out images
	Converged bool    `json:"converged"` // in every fold
}

// How a fit can end.
const (
	Converged      = logistic.Converged      // as near to the optimum as was asked for
	NoProgress     = logistic.NoProgress     // rounding errors stopped it before that
	IterationLimit = logistic.IterationLimit // stopped before either
)

// Solver says how a fit ended. LDA has a closed form: it always converges, in
// no iterations.
type Solver struct {
	// Status is Converged, NoProgress or IterationLimit. Of MLP, Converged means
	// that more epochs hardly help in cross-validation.
	Status     string `json:"status"`
	Iterations int    `json:"iterations"` // of MLP, epochs
	// Objective is C · Σ weight · log-loss + ½‖W‖², natural logarithm, W being
	// the weights of standardised embeddings. LogisticUnit divides all values of
	// embeddings by the same number, which makes their mean variance 1. Of MLP it
	// is the mean log-loss of the images during the last epoch, of LDA 0.
	Objective float64 `json:"objective"`
	// GradientNorm is the Euclidean norm of the objective's gradient. It bounds
	// the distance of W from the optimum, approximately, as the penalty makes the
	// objective 1-strongly convex in W. It is 0 for LDA and MLP.
	GradientNorm float64 `json:"gradient_norm"`
}

// AtEdge reports whether the best C is at an end of Grid and the log-loss still
// fell there, so that a value outside may be better.
func (t Training) AtEdge() bool {
	const falling = 0.98 // a smaller decrease is rounding, or too small to notice
	last := len(t.Path) - 1
	if last < 1 {
		return false
	}
	fell := func(from, to PathPoint) bool { return t.C == to.C && to.LogLoss < falling*from.LogLoss }
	return fell(t.Path[1], t.Path[0]) || fell(t.Path[last-1], t.Path[last])
}
