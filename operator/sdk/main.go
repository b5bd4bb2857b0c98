// sdk TOKEN AVS SET: EigenLayer's own Go SDK, told nothing but what `avsbed env`
// prints, makes an operator of the account erin and takes it through its life.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"strings"

	"github.com/Layr-Labs/eigensdk-go/chainio/clients/elcontracts"
	"github.com/Layr-Labs/eigensdk-go/chainio/clients/wallet"
	"github.com/Layr-Labs/eigensdk-go/chainio/txmgr"
	am "github.com/Layr-Labs/eigensdk-go/contracts/bindings/AllocationManager"
	"github.com/Layr-Labs/eigensdk-go/logging"
	"github.com/Layr-Labs/eigensdk-go/signerv2"
	"github.com/Layr-Labs/eigensdk-go/types"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	eth "github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
)

const (
	deposit   = 1_000_000_000_000_000_000
	magnitude = deposit / 2
)

type life struct {
	ctx      context.Context
	client   *ethclient.Client
	mgr      txmgr.TxManager
	bindings *elcontracts.ContractBindings
	reader   *elcontracts.ChainReader
	writer   *elcontracts.ChainWriter
	me       common.Address
	strategy common.Address
	set      am.OperatorSet
	heads    chan *eth.Header
	logs     chan eth.Log
}

func address(name string) common.Address {
	return common.HexToAddress(os.Getenv("ADDR_" + name))
}

func open(token, avs, set string) (*life, error) {
	l := &life{ctx: context.Background(), strategy: address(token + "_strategy"),
		heads: make(chan *eth.Header, 1000), logs: make(chan eth.Log, 1000)}
	id, err := strconv.ParseUint(set, 10, 32)
	if err != nil {
		return nil, err
	}
	l.set = am.OperatorSet{Avs: address(avs), Id: uint32(id)}
	key, err := crypto.HexToECDSA(strings.TrimPrefix(os.Getenv("KEY_erin"), "0x"))
	if err != nil {
		return nil, fmt.Errorf("KEY_erin: %w", err)
	}
	if l.client, err = ethclient.Dial(os.Getenv("ETH_RPC_URL")); err != nil {
		return nil, err
	}
	chain, err := l.client.ChainID(l.ctx)
	if err != nil {
		return nil, err
	}
	signer, me, err := signerv2.SignerFromConfig(signerv2.Config{PrivateKey: key}, chain)
	if err != nil {
		return nil, err
	}
	log := logging.NewTextSLogger(os.Stderr, &logging.SLoggerOptions{})
	w, err := wallet.NewPrivateKeyWallet(l.client, signer, me, log)
	if err != nil {
		return nil, err
	}
	l.me, l.mgr = me, txmgr.NewSimpleTxManager(w, l.client, log, me)
	l.reader, l.writer, l.bindings, err = elcontracts.BuildClients(elcontracts.Config{
		DelegationManagerAddress:    address("delegationManager"),
		AvsDirectoryAddress:         address("avsDirectory"),
		RewardsCoordinatorAddress:   address("rewardsCoordinator"),
		PermissionControllerAddress: address("permissionController"),
	}, l.client, l.mgr, log, nil)
	return l, err
}

// Over a WebSocket, as operators hear of blocks and of what concerns them.
func (l *life) listen() error {
	ws, err := ethclient.Dial(os.Getenv("ETH_WS_URL"))
	if err != nil {
		return err
	}
	if _, err = ws.SubscribeNewHead(l.ctx, l.heads); err != nil {
		return err
	}
	_, err = ws.SubscribeFilterLogs(l.ctx, ethereum.FilterQuery{
		Addresses: []common.Address{l.bindings.AllocationManagerAddr}}, l.logs)
	return err
}

func mined(r *eth.Receipt, err error) error {
	if err == nil && r.Status != eth.ReceiptStatusSuccessful {
		err = errors.New("it reverted")
	}
	return err
}

func equal(got, want any, err error) error {
	if err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
		err = fmt.Errorf("%v, where %v is wanted", got, want)
	}
	return err
}

func (l *life) register() error {
	err := mined(l.writer.RegisterAsOperator(l.ctx, types.Operator{Address: l.me.Hex(),
		DelegationApproverAddress: types.ZeroAddress, AllocationDelay: 1,
		MetadataUrl: "http://127.0.0.1/erin.json"}, true))
	if err != nil {
		return err
	}
	is, err := l.reader.IsOperatorRegistered(l.ctx, types.Operator{Address: l.me.Hex()})
	return equal(is, true, err)
}

func (l *life) deposit() error {
	err := mined(l.writer.DepositERC20IntoStrategy(l.ctx, l.strategy, big.NewInt(deposit), true))
	if err != nil {
		return err
	}
	shares, err := l.reader.GetOperatorSharesInStrategy(l.ctx, l.me, l.strategy)
	return equal(shares, big.NewInt(deposit), err)
}

// Of the delay that was given at registration.
func (l *life) wait() error {
	blocks, err := l.reader.GetAllocationConfigurationDelay(l.ctx)
	if err == nil {
		err = l.client.Client().Call(nil, "anvil_mine", fmt.Sprintf("0x%x", blocks+1))
	}
	if err != nil {
		return err
	}
	delay, err := l.reader.GetAllocationDelay(l.ctx, l.me)
	return equal(delay, 1, err)
}

func (l *life) allocate() error {
	err := mined(l.writer.ModifyAllocations(l.ctx, l.me,
		[]am.IAllocationManagerTypesAllocateParams{{OperatorSet: l.set,
			Strategies:    []common.Address{l.strategy},
			NewMagnitudes: []uint64{magnitude}}}, true))
	if err != nil {
		return err
	}
	left, err := l.reader.GetAllocatableMagnitude(l.ctx, l.me, l.strategy)
	return equal(left, deposit-magnitude, err)
}

// The SDK's own RegisterForOperatorSets asks a registry of BLS keys.
func (l *life) join() error {
	opts, err := l.mgr.GetNoSendTxOpts()
	if err != nil {
		return err
	}
	tx, err := l.bindings.AllocationManager.RegisterForOperatorSets(opts, l.me,
		am.IAllocationManagerTypesRegisterParams{Avs: l.set.Avs,
			OperatorSetIds: []uint32{l.set.Id}, Data: []byte{}})
	if err == nil {
		err = mined(l.mgr.Send(l.ctx, tx, true))
	}
	if err != nil {
		return err
	}
	members, err := l.reader.GetOperatorsForOperatorSet(l.ctx, l.set)
	return equal(members, []common.Address{l.me}, err)
}

func (l *life) slashable() error {
	shares, err := l.reader.GetSlashableShares(l.ctx, l.me, l.set,
		[]common.Address{l.strategy})
	return equal(shares[l.strategy], big.NewInt(magnitude), err)
}

func (l *life) leave() error {
	return mined(l.writer.DeregisterFromOperatorSets(l.ctx, l.me,
		elcontracts.DeregistrationRequest{AVSAddress: l.set.Avs,
			OperatorSetIds: []uint32{l.set.Id}, WaitForReceipt: true}))
}

func (l *life) heard() error {
	if len(l.heads) == 0 || len(l.logs) == 0 {
		return fmt.Errorf("%d heads and %d events came", len(l.heads), len(l.logs))
	}
	height, err := l.client.BlockNumber(l.ctx)
	if err != nil {
		return err
	}
	logs, err := l.client.FilterLogs(l.ctx, ethereum.FilterQuery{
		FromBlock: new(big.Int), ToBlock: new(big.Int).SetUint64(height),
		Addresses: []common.Address{l.bindings.DelegationManagerAddr}})
	return equal(len(logs) > 0, true, err)
}

func main() {
	passed, failed := 0, 0
	l, err := open(os.Args[1], os.Args[2], os.Args[3])
	if err == nil {
		err = l.listen()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sdk:", err)
		os.Exit(2)
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"registers", l.register}, {"deposits", l.deposit},
		{"waits", l.wait}, {"allocates", l.allocate}, {"joins", l.join},
		{"is slashable", l.slashable}, {"is seen", l.views}, {"describes itself", l.describe},
		{"shares rewards", l.split}, {"appoints", l.appoint},
		{"leaves", l.leave}, {"heard of it", l.heard},
	} {
		if err := step.do(); err != nil {
			fmt.Printf("FAILED erin %s: %v\n", step.name, err)
			failed++
		} else {
			passed++
		}
	}
	fmt.Printf("EigenLayer's SDK: %d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
