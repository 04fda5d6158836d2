package local

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobwas/glob"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// find lists the files under a directory that the rules select, by their path
// below it. The last rule that matches decides; "!" in front excludes.
func find(dir string, rules []string) (map[string]*types.AssetOrArchive, error) {
	type rule struct {
		glob.Glob
		exclude bool
	}
	compiled := []rule{}
	for _, text := range rules {
		pattern, exclude := strings.CutPrefix(text, "!")
		matcher, err := glob.Compile(pattern, '/')
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, rule{matcher, exclude})
	}
	found := map[string]*types.AssetOrArchive{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, item fs.DirEntry, err error) error {
		if err != nil || item.IsDir() {
			return err
		}
		selected := false
		for _, rule := range compiled {
			if rule.Match(path) {
				selected = !rule.exclude
			}
		}
		if selected {
			asset, err := resource.NewPathAsset(filepath.Join(dir, path))
			if err != nil {
				return err
			}
			found[path] = &types.AssetOrArchive{Asset: asset}
		}
		return nil
	})
	return found, err
}
