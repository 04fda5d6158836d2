// Package remote runs commands and puts files on another machine over ssh.
package remote

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Endpoint is a machine and how to log in to it.
type Endpoint struct {
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional" provider:"secret"`
	Host               *string  `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	PrivateKey         *string  `pulumi:"privateKey,optional" provider:"secret"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional" provider:"secret"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
	HostKey            *string  `pulumi:"hostKey,optional"`
}

func (e *Endpoint) defaults(a infer.Annotator) {
	a.SetDefault(&e.User, "root")
	a.SetDefault(&e.Port, 22)
	a.SetDefault(&e.DialErrorLimit, 10)
	a.SetDefault(&e.PerDialTimeout, 15)
	a.Describe(&e.DialErrorLimit, "Failed attempts to connect before giving up; -1 never gives up.")
	a.Describe(&e.PerDialTimeout, "Seconds that one attempt to connect may take; 0 is no limit.")
	a.Describe(&e.HostKey, "The server's expected key; without it, any key is accepted.")
}

// ProxyConnection is a machine that the connection goes through.
type ProxyConnection struct{ Endpoint }

// Annotate gives the defaults.
func (p *ProxyConnection) Annotate(a infer.Annotator) { p.defaults(a) }

// Connection is the machine to work on, and perhaps another on the way to it.
type Connection struct {
	Endpoint
	Proxy *ProxyConnection `pulumi:"proxy,optional"`
}

// Annotate gives the defaults.
func (c *Connection) Annotate(a infer.Annotator) { c.defaults(a) }

func (e *Endpoint) address() string {
	return net.JoinHostPort(*e.Host, strconv.Itoa(int(*e.Port)))
}

// config turns the inputs into the ssh library's. A private key is tried before
// a password, and an agent after both.
func (e *Endpoint) config() (*ssh.ClientConfig, error) {
	config := &ssh.ClientConfig{
		User:            *e.User,
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // the SDK's documented default
		Timeout:         time.Duration(*e.PerDialTimeout) * time.Second,
	}
	if e.HostKey != nil {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(*e.HostKey))
		if err != nil {
			return nil, fmt.Errorf("hostKey: %w", err)
		}
		config.HostKeyCallback = ssh.FixedHostKey(key)
		config.HostKeyAlgorithms = []string{key.Type()}
	}
	if e.PrivateKey != nil {
		signer, err := e.signer()
		if err != nil {
			return nil, fmt.Errorf("privateKey: %w", err)
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(signer))
	}
	if e.Password != nil {
		config.Auth = append(config.Auth, ssh.Password(*e.Password), ssh.KeyboardInteractive(e.answer))
	}
	socket := os.Getenv("SSH_AUTH_SOCK")
	if e.AgentSocketPath != nil {
		socket = *e.AgentSocketPath
	}
	if socket != "" {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return nil, fmt.Errorf("ssh agent: %w", err)
		}
		config.Auth = append(config.Auth, ssh.PublicKeysCallback(agent.NewClient(conn).Signers))
	}
	return config, nil
}

func (e *Endpoint) signer() (ssh.Signer, error) {
	if e.PrivateKeyPassword != nil {
		return ssh.ParsePrivateKeyWithPassphrase([]byte(*e.PrivateKey), []byte(*e.PrivateKeyPassword))
	}
	return ssh.ParsePrivateKey([]byte(*e.PrivateKey))
}

// answer gives the password to every question that a server asks.
func (e *Endpoint) answer(_, _ string, questions []string, _ []bool) ([]string, error) {
	answers := make([]string, len(questions))
	for i := range answers {
		answers[i] = *e.Password
	}
	return answers, nil
}

// dial connects, through the proxy if there is one, and tries again as often as
// the inputs allow. Cancelling the operation ends it between two attempts.
func (c *Connection) dial(ctx context.Context) (*ssh.Client, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	if c.Proxy == nil {
		return attempt(ctx, "Dial", *c.DialErrorLimit, func() (*ssh.Client, error) {
			return ssh.Dial("tcp", c.address(), config)
		})
	}
	proxyConfig, err := c.Proxy.config()
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	proxy, err := attempt(ctx, "Dial proxy", *c.Proxy.DialErrorLimit, func() (*ssh.Client, error) {
		return ssh.Dial("tcp", c.Proxy.address(), proxyConfig)
	})
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	return attempt(ctx, "Dial", *c.DialErrorLimit, func() (*ssh.Client, error) {
		conn, err := proxy.DialContext(ctx, "tcp", c.address())
		if err != nil {
			return nil, err
		}
		if config.Timeout > 0 {
			// Nothing else bounds a handshake with a server that accepts and says nothing.
			defer time.AfterFunc(config.Timeout, func() { _ = conn.Close() }).Stop()
		}
		inner, channels, requests, err := ssh.NewClientConn(conn, c.address(), config)
		if err != nil {
			return nil, err
		}
		return ssh.NewClient(inner, channels, requests), nil
	})
}

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// attempt repeats a connection with growing pauses; a limit of -1 has no end.
func attempt(
	ctx context.Context, what string, limit int, connect func() (*ssh.Client, error),
) (*ssh.Client, error) {
	pause := firstPause
	for failed := 1; ; failed++ {
		client, err := connect()
		if err == nil {
			return client, nil
		}
		if limit >= 0 && failed >= limit {
			return nil, fmt.Errorf("after %d failed attempts: %w", failed, err)
		}
		provider.GetLogger(ctx).InfoStatusf("%s %d/%d failed: retrying", what, failed, limit)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}
