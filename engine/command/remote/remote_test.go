package remote

import (
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pkg/sftp"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/ssh"

	"rhoso-lab/engine/command/process"
)

const password = "open sesame"

func pointer[T any](value T) *T { return &value }

// serve starts an ssh server on loopback that runs commands and serves files,
// and says how to reach it.
func serve(t *testing.T) *Connection {
	_, private, _ := ed25519.GenerateKey(nil)
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{
		PasswordCallback: func(_ ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
			if string(given) != password {
				return nil, errors.New("wrong password")
			}
			return nil, nil
		},
	}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answer(conn, config)
		}
	}()
	key := string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
	port := float64(listener.Addr().(*net.TCPAddr).Port)
	return &Connection{Endpoint: Endpoint{
		User: pointer("root"), Password: pointer(password), Host: pointer("127.0.0.1"), Port: &port,
		DialErrorLimit: pointer(2), PerDialTimeout: pointer(5), HostKey: &key, AgentSocketPath: pointer(""),
	}}
}

func answer(conn net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		if offered.ChannelType() == "direct-tcpip" {
			go ssh.DiscardRequests(requests)
			go forward(channel, offered.ExtraData())
		} else {
			go session(channel, requests)
		}
	}
}

func forward(channel ssh.Channel, wanted []byte) {
	defer channel.Close()
	var target struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}
	_ = ssh.Unmarshal(wanted, &target)
	conn, err := net.Dial("tcp", net.JoinHostPort(target.Host, strconv.Itoa(int(target.Port))))
	if err != nil {
		return
	}
	defer conn.Close()
	go func() { _, _ = io.Copy(conn, channel) }()
	_, _ = io.Copy(channel, conn)
}

func session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	environment := os.Environ()
	for request := range requests {
		switch request.Type {
		case "env":
			var variable struct{ Name, Value string }
			_ = ssh.Unmarshal(request.Payload, &variable)
			accepted := variable.Name != "REFUSED"
			if accepted {
				environment = append(environment, variable.Name+"="+variable.Value)
			}
			_ = request.Reply(accepted, nil)
		case "subsystem":
			_ = request.Reply(true, nil)
			if server, err := sftp.NewServer(channel); err == nil {
				_ = server.Serve()
			}
			return
		case "exec":
			_ = request.Reply(true, nil)
			var command struct{ Text string }
			_ = ssh.Unmarshal(request.Payload, &command)
			child := exec.Command("/bin/sh", "-c", command.Text)
			child.Env, child.Stdin, child.Stdout, child.Stderr = environment, channel, channel, channel.Stderr()
			_ = child.Run()
			status := struct{ Code uint32 }{uint32(child.ProcessState.ExitCode())}
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(status))
			return
		}
	}
}

func quiet(connection *Connection) *CommandState {
	return &CommandState{CommandInputs: CommandInputs{Connection: connection, Logging: pointer(process.None)}}
}

func TestACommandRunsThereWithItsInputAndEnvironment(t *testing.T) {
	state := quiet(serve(t))
	state.Stdin = pointer("typed")
	state.Environment = map[string]string{"NAME": "value"}
	state.Output = process.Output{Stdout: "before"}
	err := state.run(t.Context(), pointer(`cat; echo " $NAME $PULUMI_COMMAND_STDOUT"; echo oops >&2`))
	if want := (process.Output{Stdout: "typed value before", Stderr: "oops"}); err != nil || state.Output != want {
		t.Errorf("%+v, %v", state.Output, err)
	}
}

func TestAFailureThereTellsCodeAndOutput(t *testing.T) {
	err := quiet(serve(t)).run(t.Context(), pointer("echo why >&2; exit 4"))
	if err == nil || !strings.Contains(err.Error(), "status 4") || !strings.Contains(err.Error(), "why") {
		t.Errorf("%v", err)
	}
}

func TestARefusedVariableIsAnError(t *testing.T) {
	state := quiet(serve(t))
	state.Environment = map[string]string{"REFUSED": "x"}
	if err := state.run(t.Context(), pointer("true")); err == nil || !strings.Contains(err.Error(), "AcceptEnv") {
		t.Errorf("%v", err)
	}
}

func TestAnotherHostKeyIsRefusedAndAttemptsAreCounted(t *testing.T) {
	connection, other := serve(t), serve(t)
	connection.HostKey = other.HostKey
	_, err := connection.dial(t.Context())
	if err == nil || !strings.Contains(err.Error(), "after 2 failed attempts") {
		t.Errorf("%v", err)
	}
}

func TestTheWayThroughAProxyWorks(t *testing.T) {
	connection, proxy := serve(t), serve(t)
	connection.Proxy = &ProxyConnection{proxy.Endpoint}
	state := quiet(connection)
	if err := state.run(t.Context(), pointer("echo arrived")); err != nil || state.Stdout != "arrived" {
		t.Errorf("%q, %v", state.Stdout, err)
	}
	proxy.Password = pointer("wrong")
	connection.Proxy = &ProxyConnection{proxy.Endpoint}
	if err := state.run(t.Context(), pointer("true")); err == nil || !strings.HasPrefix(err.Error(), "proxy:") {
		t.Errorf("%v", err)
	}
}

func TestCopiesLandWhereTheDocumentationSays(t *testing.T) {
	connection, there, here := serve(t), t.TempDir(), t.TempDir()
	_ = os.MkdirAll(filepath.Join(here, "tree", "deep"), 0o755)
	_ = os.WriteFile(filepath.Join(here, "tree", "deep", "file"), []byte("content"), 0o644)
	text, _ := resource.NewTextAsset("words")
	file, _ := resource.NewPathAsset(filepath.Join(here, "tree", "deep", "file"))
	tree, _ := resource.NewPathArchive(filepath.Join(here, "tree"))
	for _, c := range []struct {
		source    types.AssetOrArchive
		to, lands string
	}{
		{types.AssetOrArchive{Asset: text}, "new/dir/words", "new/dir/words"},
		{types.AssetOrArchive{Asset: file}, "new/dir", "new/dir/file"},
		{types.AssetOrArchive{Asset: file}, "other/name", "other/name"},
		{types.AssetOrArchive{Archive: tree}, "copies", "copies/tree/deep/file"},
	} {
		inputs := &CopyInputs{Connection: connection, Source: c.source, RemotePath: filepath.Join(there, c.to)}
		if err := inputs.copy(t.Context()); err != nil {
			t.Errorf("%s: %v", c.to, err)
		}
		if content, err := os.ReadFile(filepath.Join(there, c.lands)); err != nil || len(content) == 0 {
			t.Errorf("%s: %q, %v", c.lands, content, err)
		}
	}
	words := &CopyInputs{Connection: connection, Source: types.AssetOrArchive{Asset: text}, RemotePath: there}
	if err := words.copy(t.Context()); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("text onto a directory: %v", err)
	}
}
