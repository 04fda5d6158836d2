package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
)

// copy puts the source on the other machine, by sftp.
func (i *CopyInputs) copy(ctx context.Context) error {
	connection, err := i.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
	client, err := sftp.NewClient(connection)
	if err != nil {
		return err
	}
	defer client.Close()
	target := target{client}
	switch {
	case i.Source.Asset != nil && i.Source.Asset.IsText():
		return target.text(i.Source.Asset.Text, i.RemotePath)
	case i.Source.Asset != nil:
		return target.path(i.Source.Asset.Path, i.RemotePath)
	default:
		return target.path(i.Source.Archive.Path, i.RemotePath)
	}
}

type target struct{ *sftp.Client }

// isDir tells whether a remote path is a directory, and whether it is there.
func (t target) isDir(remote string) (dir, exists bool, err error) {
	info, err := t.Stat(remote)
	if errors.Is(err, os.ErrNotExist) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("failed to stat remote path %s: %w", remote, err)
	}
	return info.IsDir(), true, nil
}

// write makes or overwrites one file and the directories above it.
func (t target) write(content io.Reader, remote string) error {
	if err := t.MkdirAll(path.Dir(remote)); err != nil {
		return fmt.Errorf("failed to create parent directories for %s: %w", remote, err)
	}
	file, err := t.Create(remote)
	if err != nil {
		return fmt.Errorf("failed to create remote file %s: %w", remote, err)
	}
	_, err = io.Copy(file, content)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("failed to write remote file %s: %w", remote, err)
	}
	return nil
}

func (t target) text(content, remote string) error {
	dir, _, err := t.isDir(remote)
	if err == nil && dir {
		err = fmt.Errorf("remote path %s is a directory; for a text asset it must be a file path", remote)
	}
	if err != nil {
		return err
	}
	return t.write(strings.NewReader(content), remote)
}

func (t target) file(local, remote string) error {
	content, err := os.Open(local)
	if err != nil {
		return err
	}
	defer content.Close()
	return t.write(content, remote)
}

// path copies a file or a directory. Into an existing directory it goes under
// its own name; a directory written with "/" at its end gives only its content.
func (t target) path(local, remote string) error {
	info, err := os.Stat(local)
	if err != nil {
		return err
	}
	dir, exists, err := t.isDir(remote)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if dir {
			remote = path.Join(remote, filepath.Base(local))
		}
		return t.file(local, remote)
	}
	if exists && !dir {
		return fmt.Errorf("remote path %s exists but is not a directory", remote)
	}
	if !strings.HasSuffix(local, "/") {
		remote = path.Join(remote, filepath.Base(local))
	}
	return filepath.WalkDir(local, func(item string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(local, item)
		if err != nil {
			return err
		}
		there := path.Join(remote, filepath.ToSlash(below))
		if entry.IsDir() {
			return t.MkdirAll(there)
		}
		return t.file(item, there)
	})
}
