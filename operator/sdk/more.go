// What else the SDK's reader asks and its writer sends: details, splits, claimers,
// permissions, and every view of an operator in its set.
package main

import (
	"fmt"
	"math/big"

	"github.com/Layr-Labs/eigensdk-go/chainio/clients/elcontracts"
	am "github.com/Layr-Labs/eigensdk-go/contracts/bindings/AllocationManager"
	rc "github.com/Layr-Labs/eigensdk-go/contracts/bindings/RewardsCoordinator"
	"github.com/Layr-Labs/eigensdk-go/types"
	"github.com/ethereum/go-ethereum/common"
)

// The first that is not so, by its place.
func all(steps ...error) error {
	for i, err := range steps {
		if err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}

func is[T any](want any) func(T, error) error {
	return func(got T, err error) error { return equal(got, want, err) }
}

func (l *life) describe() error {
	me := types.Operator{Address: l.me.Hex(), DelegationApproverAddress: l.me.Hex(),
		MetadataUrl: "http://127.0.0.1/later.json"}
	details, err := l.reader.GetOperatorDetails(l.ctx, types.Operator{Address: l.me.Hex()})
	if err != nil {
		return err
	}
	return all(equal(details.AllocationDelay, 1, nil),
		mined(l.writer.UpdateOperatorDetails(l.ctx, me, true)),
		mined(l.writer.UpdateMetadataURI(l.ctx, l.me, "http://127.0.0.1/x", true)),
		is[common.Address](l.me)(l.reader.GetDelegatedOperator(l.ctx, l.me, nil)))
}

// A split is in effect after its own delay; that it was taken is what counts.
func (l *life) split() error {
	set := rc.OperatorSet{Avs: l.set.Avs, Id: l.set.Id}
	avs := mined(l.writer.SetOperatorAVSSplit(l.ctx, l.me, l.set.Avs, 500, true))
	pi := mined(l.writer.SetOperatorPISplit(l.ctx, l.me, 500, true))
	of := mined(l.writer.SetOperatorSetSplit(l.ctx, l.me, set, 500, true))
	_, avsErr := l.reader.GetOperatorAVSSplit(l.ctx, l.me, l.set.Avs)
	_, piErr := l.reader.GetOperatorPISplit(l.ctx, l.me)
	_, ofErr := l.reader.GetOperatorSetSplit(l.ctx, l.me, set)
	return all(avs, pi, of, avsErr, piErr, ofErr,
		mined(l.writer.SetClaimerFor(l.ctx, l.strategy, true)),
		is[common.Address](l.strategy)(l.reader.GetClaimerFor(l.ctx, l.me)),
		is[*big.Int](0)(l.reader.GetCumulativeClaimed(l.ctx, l.me, l.strategy)),
		is[*big.Int](0)(l.reader.GetDistributionRootsLength(l.ctx)),
		is[common.Address](address("rewardsUpdater"))(l.reader.GetRewardsUpdater(l.ctx)))
}

func (l *life) appoint() error {
	target, selector := l.bindings.AllocationManagerAddr, [4]byte{1, 2, 3, 4}
	may := func(want bool) error {
		return is[bool](want)(l.reader.CanCall(l.ctx, l.me, l.strategy, target, selector))
	}
	given := mined(l.writer.SetPermission(l.ctx, elcontracts.SetPermissionRequest{
		AccountAddress: l.me, AppointeeAddress: l.strategy, Target: target,
		Selector: selector, WaitForReceipt: true}))
	return all(given, may(true),
		is[[]common.Address]([]common.Address{l.strategy})(
			l.reader.ListAppointees(l.ctx, l.me, target, selector)),
		mined(l.writer.RemovePermission(l.ctx, elcontracts.RemovePermissionRequest{
			AccountAddress: l.me, AppointeeAddress: l.strategy, Target: target,
			Selector: selector, WaitForReceipt: true})),
		may(false),
		is[bool](true)(l.reader.IsAdmin(l.ctx, l.me, l.me)))
}

// An operator in its set, in every way in which the reader can be asked.
func (l *life) views() error {
	token, strategies := address("TOK"), []common.Address{l.strategy}
	mine, err := l.reader.GetAllocationInfo(l.ctx, l.me, l.strategy)
	if err != nil {
		return err
	}
	_, underlying, err := l.reader.GetStrategyAndUnderlyingToken(l.ctx, l.strategy)
	if err != nil {
		return err
	}
	held, shares, err := l.reader.GetStakerShares(l.ctx, l.me)
	if err != nil {
		return err
	}
	slashable, err := l.reader.GetSlashableSharesForOperatorSets(l.ctx, []am.OperatorSet{l.set})
	if err != nil {
		return err
	}
	return all(equal(len(mine), 1, nil), equal(mine[0].CurrentMagnitude, magnitude, nil),
		equal(underlying, token, nil), equal(held, strategies, nil),
		equal(shares, []*big.Int{big.NewInt(deposit)}, nil),
		equal(slashable[0].Operators, []common.Address{l.me}, nil),
		is[uint64](magnitude)(l.reader.GetEncumberedMagnitude(l.ctx, l.me, l.strategy)),
		is[[]uint64]([]uint64{deposit})(l.reader.GetMaxMagnitudes(l.ctx, l.me, strategies)),
		is[bool](true)(l.reader.IsOperatorSlashable(l.ctx, l.me, l.set)),
		is[bool](true)(l.reader.IsOperatorRegisteredWithOperatorSet(l.ctx, l.me, l.set)),
		is[[]common.Address](strategies)(l.reader.GetStrategiesForOperatorSet(l.ctx, l.set)),
		is[*big.Int](1)(l.reader.GetNumOperatorsForOperatorSet(l.ctx, l.set)),
		is[[]am.OperatorSet]([]am.OperatorSet{l.set})(l.reader.GetRegisteredSets(l.ctx, l.me)),
		is[[]am.OperatorSet]([]am.OperatorSet{l.set})(l.reader.GetOperatorSetsForOperator(l.ctx, l.me)),
		is[[][]*big.Int]([][]*big.Int{{big.NewInt(magnitude)}})(
			l.reader.GetAllocatedStake(l.ctx, l.set, []common.Address{l.me}, strategies)))
}
