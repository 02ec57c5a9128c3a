// An application with AWS SDK for Go v2: asks for the credentials of each request as a client of it does.
// Arguments: once | loop SECONDS PAUSE_MS. Each answer is a line of JSON (test/sdk/support/sessions.ts).
package main

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

type answer struct {
	ID      string `json:"id,omitempty"`
	Secret  string `json:"secret,omitempty"`
	Token   string `json:"token,omitempty"`
	Expires string `json:"expires,omitempty"`
	Error   string `json:"error,omitempty"`
	Asked   int64  `json:"asked"`
}

func main() {
	seconds, pauseMs := number(2), number(3)
	endsAt := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		print(answer{Error: err.Error()})
		return
	}
	for {
		asked := time.Now().UnixMilli()
		given := ask(cfg.Credentials)
		given.Asked = asked
		print(given)
		time.Sleep(time.Duration(pauseMs * float64(time.Millisecond)))
		if os.Args[1] != "loop" || !time.Now().Before(endsAt) {
			return
		}
	}
}

func ask(provider aws.CredentialsProvider) answer {
	keys, err := provider.Retrieve(context.Background())
	if err != nil {
		return answer{Error: err.Error()}
	}
	given := answer{ID: keys.AccessKeyID, Secret: keys.SecretAccessKey, Token: keys.SessionToken}
	if keys.CanExpire {
		given.Expires = keys.Expires.UTC().Format(time.RFC3339Nano)
	}
	return given
}

func print(given answer) {
	_ = json.NewEncoder(os.Stdout).Encode(given)
}

func number(index int) float64 {
	if len(os.Args) <= index {
		return 0
	}
	value, _ := strconv.ParseFloat(os.Args[index], 64)
	return value
}
