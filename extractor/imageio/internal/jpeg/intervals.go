package jpeg

// startUnit goes to the next restart interval where one begins with unit. It
// reports false where the file ends first.
func (s *scan) startUnit(unit int) bool {
	switch {
	case s.truncated:
		return false
	case unit == 0:
		s.startInterval()
	case s.restart > 0 && unit%s.restart == 0:
		s.resynchronise()
		s.interval++
	}
	return !s.truncated
}

func (s *scan) startInterval() {
	s.entropy, s.marker, s.data = nextInterval(s.entropy, s.data)
	s.bits.reset(s.entropy)
	s.exhausted, s.damaged = false, false
	s.forget()
}

// forget drops what is carried from block to block.
func (s *scan) forget() {
	for _, c := range s.members {
		c.predictor = 0
	}
	s.band.ended = 0
}

// resynchronise goes on after the marker of the next restart interval, which may
// be missing or another one; what is made of that follows jpeg_resync_to_restart in
// libjpeg's jdmarker.c.
func (s *scan) resynchronise() {
	for {
		ahead := (s.marker - markerRST0 - byte(s.interval)) & 7 // of the expected one
		isRestart := s.marker >= markerRST0 && s.marker <= markerRST7
		switch {
		case s.marker == 0:
			s.truncated = true
			return
		case s.marker < markerSOF0 || isRestart && (ahead == 7 || ahead == 6):
			s.marker, s.data = skipToMarker(s.data[2:]) // it is none, or of an interval before
		case !isRestart || ahead == 1 || ahead == 2:
			s.exhausted = true // it is met again later, and this interval is missing
			s.forget()
			return
		default:
			s.data = s.data[2:]
			s.startInterval()
			return
		}
	}
}

// endUnit notes what has been lost. An interval that a marker ends too early counts
// as damaged; one that the file ends, as truncated.
func (s *scan) endUnit() {
	if !s.exhausted && s.bits.overrun() {
		s.exhausted = true
		s.truncated = s.marker == 0
	}
	if s.exhausted || s.damaged {
		s.lost++
	}
}
