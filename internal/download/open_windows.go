package download

import (
	"os"

	"golang.org/x/sys/windows"
)

// openShared opens or creates a file to read and write, which may be renamed and
// removed while it is open: Windows refuses that for the files that os opens.
func openShared(path string) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err == nil {
		const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
		var handle windows.Handle
		handle, err = windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, share, nil,
			windows.OPEN_ALWAYS, windows.FILE_ATTRIBUTE_NORMAL, 0)
		if err == nil {
			return os.NewFile(uintptr(handle), path), nil
		}
	}
	return nil, &os.PathError{Op: "open", Path: path, Err: err}
}
