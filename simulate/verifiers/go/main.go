// go-tdx-guest AT DIR...: what github.com/google/go-tdx-guest says to the
// quotes in these directories at this time, each with the collateral and root
// beside it. Prints DIR, a tab, and "UpToDate" or "refused: why" for each.
package main

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-tdx-guest/verify"
)

// Collateral as QuoteCollateralV3 has it; answers what Intel's PCS would.
type collateral struct {
	PckCrlIssuerChain     string `json:"pck_crl_issuer_chain"`
	RootCaCrl             string `json:"root_ca_crl"`
	PckCrl                string `json:"pck_crl"`
	TcbInfoIssuerChain    string `json:"tcb_info_issuer_chain"`
	TcbInfo               string `json:"tcb_info"`
	TcbInfoSignature      string `json:"tcb_info_signature"`
	QeIdentityIssuerChain string `json:"qe_identity_issuer_chain"`
	QeIdentity            string `json:"qe_identity"`
	QeIdentitySignature   string `json:"qe_identity_signature"`
}

func (c *collateral) Get(address string) (map[string][]string, []byte, error) {
	header := func(name, chain string) map[string][]string {
		return map[string][]string{name: {url.QueryEscape(chain)}}
	}

	switch {
	case strings.Contains(address, "/pckcrl?"):
		der, err := hex.DecodeString(c.PckCrl)
		return header("Sgx-Pck-Crl-Issuer-Chain", c.PckCrlIssuerChain), der, err
	case strings.Contains(address, "/tcb?"):
		return header("Tcb-Info-Issuer-Chain", c.TcbInfoIssuerChain),
			[]byte(fmt.Sprintf(`{"tcbInfo":%s,"signature":"%s"}`, c.TcbInfo, c.TcbInfoSignature)), nil
	case strings.Contains(address, "/qe/identity"):
		return header("Sgx-Enclave-Identity-Issuer-Chain", c.QeIdentityIssuerChain),
			[]byte(fmt.Sprintf(`{"enclaveIdentity":%s,"signature":"%s"}`, c.QeIdentity, c.QeIdentitySignature)), nil
	}
	der, err := hex.DecodeString(c.RootCaCrl)
	return nil, der, err
}

func judge(dir string, at time.Time) (answer string) {
	defer func() {
		if p := recover(); p != nil {
			answer = fmt.Sprintf("refused: panic: %v", p)
		}
	}()
	quote, err := os.ReadFile(filepath.Join(dir, "quote.bin"))
	if err != nil {
		return err.Error()
	}
	text, err := os.ReadFile(filepath.Join(dir, "collateral.json"))
	if err != nil {
		return err.Error()
	}
	pem, err := os.ReadFile(filepath.Join(dir, "root.pem"))
	if err != nil {
		return err.Error()
	}
	c := &collateral{}
	if err := json.Unmarshal(text, c); err != nil {
		return err.Error()
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return "no root"
	}
	err = verify.RawTdxQuote(quote, &verify.Options{
		CheckRevocations: true, GetCollateral: true, Getter: c, Now: at, TrustedRoots: roots,
	})
	if err != nil {
		return "refused: " + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	return "UpToDate"
}

func main() {
	at, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, dir := range os.Args[2:] {
		fmt.Printf("%s\t%s\n", dir, judge(dir, time.Unix(at, 0)))
	}
}
