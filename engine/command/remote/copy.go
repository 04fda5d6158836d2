package remote

import (
	"context"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// CopyToRemote is the resource command:remote:CopyToRemote.
type CopyToRemote struct{}

// Annotate describes the resource in the provider's schema.
func (c *CopyToRemote) Annotate(a infer.Annotator) {
	a.Describe(&c, "Copy an Asset or Archive to a remote host.")
}

// CopyInputs says what goes where. Deleting the resource leaves the copy.
type CopyInputs struct {
	Connection *Connection          `pulumi:"connection" provider:"secret"`
	Triggers   *[]any               `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Source     types.AssetOrArchive `pulumi:"source"`
	RemotePath string               `pulumi:"remotePath"`
}

// CopyState is what is recorded.
type CopyState struct{ CopyInputs }

func (i *CopyInputs) hash() string {
	if i.Source.Archive != nil {
		return i.Source.Archive.Hash
	}
	if i.Source.Asset != nil {
		return i.Source.Asset.Hash
	}
	return ""
}

// Check refuses sources that this resource can't copy, before anything is made.
func (*CopyToRemote) Check(
	ctx context.Context, request infer.CheckRequest,
) (infer.CheckResponse[CopyInputs], error) {
	inputs, failures, err := infer.DefaultCheck[CopyInputs](ctx, request.NewInputs)
	if err != nil {
		return infer.CheckResponse[CopyInputs]{Inputs: inputs, Failures: failures}, err
	}
	given, known := request.NewInputs.GetOk("source")
	if known && !given.HasComputed() && len(failures) == 0 {
		asset, archive := inputs.Source.Asset, inputs.Source.Archive
		text := asset != nil && asset.IsText()
		path := (asset != nil && asset.IsPath()) || (archive != nil && archive.IsPath())
		if !text && !path {
			failures = append(failures, provider.CheckFailure{
				Property: "source", Reason: "must be a FileAsset, a StringAsset or a FileArchive",
			})
		}
	}
	return infer.CheckResponse[CopyInputs]{Inputs: inputs, Failures: failures}, nil
}

// Create copies.
func (*CopyToRemote) Create(
	ctx context.Context, request infer.CreateRequest[CopyInputs],
) (infer.CreateResponse[CopyState], error) {
	id, err := resource.NewUniqueHex(request.Name, 8, 0)
	if err == nil && !request.DryRun {
		err = request.Inputs.copy(ctx)
	}
	return infer.CreateResponse[CopyState]{ID: id, Output: CopyState{request.Inputs}}, err
}

// Update copies again if the content or the path changed; another way to reach
// the same machine copies nothing.
func (*CopyToRemote) Update(
	ctx context.Context, request infer.UpdateRequest[CopyInputs, CopyState],
) (infer.UpdateResponse[CopyState], error) {
	var err error
	moved := request.Inputs.RemotePath != request.State.RemotePath
	if !request.DryRun && (moved || request.Inputs.hash() != request.State.hash()) {
		err = request.Inputs.copy(ctx)
	}
	return infer.UpdateResponse[CopyState]{Output: CopyState{request.Inputs}}, err
}
