// lint URL: what Prometheus's own linter says of the metrics at URL, and that
// they parse; nothing under eigen_ but what EigenLayer's specification names.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
)

// The specification's names, with their types.
var specified = map[string]string{
	"eigen_fees_earned_total":            "COUNTER",
	"eigen_performance_score":            "GAUGE",
	"eigen_slashing_status":              "GAUGE",
	"eigen_registered_stakes":            "GAUGE",
	"eigen_rpc_request_duration_seconds": "HISTOGRAM",
	"eigen_rpc_request_total":            "COUNTER",
}

func check(url string) (passed, failed int, err error) {
	answer, err := http.Get(url)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, 0, err
	}
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return 0, 0, fmt.Errorf("it does not parse: %w", err)
	}
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	if err != nil {
		return 0, 0, err
	}
	for _, p := range problems {
		fmt.Printf("FAILED %s: %s\n", p.Metric, p.Text)
		failed++
	}
	for name, family := range families {
		want, known := specified[name]
		if strings.HasPrefix(name, "eigen_") && (!known || want != family.GetType().String()) {
			fmt.Printf("FAILED %s, a %s, is not the specification's\n", name, family.GetType())
			failed++
		} else {
			passed++
		}
	}
	for name := range specified {
		if families[name] == nil {
			fmt.Printf("FAILED %s is missing\n", name)
			failed++
		}
	}
	return passed, failed, nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: lint URL")
		os.Exit(64)
	}
	passed, failed, err := check(os.Args[1])
	if err != nil {
		fmt.Fprintf(os.Stderr, "lint: %s: %v\n", os.Args[1], err)
		os.Exit(2)
	}
	fmt.Printf("metrics by Prometheus's linter: %d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
