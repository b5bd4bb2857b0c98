// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.27;

/// What scenarios of EigenLayer alone play, written for `forge test --fork-url`
/// and the environment that `avsbed up core-manual` prints. A test starts in the
/// state of the fork; a case that must leave no trace takes a snapshot of its own.

interface Vm {
    function envAddress(string calldata name) external view returns (address);
    function prank(address sender) external;
    function roll(uint256 height) external;
    function expectRevert(bytes4 error) external;
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool done);
}

struct OperatorSet {
    address avs;
    uint32 id;
}

interface Allocations {
    struct Register {
        address avs;
        uint32[] ids;
        bytes data;
    }

    struct Slash {
        address operator;
        uint32 id;
        address[] strategies;
        uint256[] wads;
        string why;
    }

    struct Create {
        uint32 id;
        address[] strategies;
    }

    struct Allocate {
        OperatorSet set;
        address[] strategies;
        uint64[] magnitudes;
    }

    error InvalidWadToSlash();
    error InvalidOperatorSet();
    error StrategyAlreadyInOperatorSet();
    error InvalidPermissions();
    error NonexistentAVSMetadata();
    error InsufficientMagnitude();
    error SameMagnitude();

    function registerForOperatorSets(address operator, Register calldata params) external;
    function slashOperator(address avs, Slash calldata params) external;
    function createOperatorSets(address avs, Create[] calldata params) external;
    function getOperatorSetCount(address avs) external view returns (uint256);
    function modifyAllocations(address operator, Allocate[] calldata params) external;
}

interface Delegation {
    struct Queue {
        address[] strategies;
        uint256[] shares;
        address withdrawer;
    }

    struct Withdrawal {
        address staker;
        address delegatedTo;
        address withdrawer;
        uint256 nonce;
        uint32 startBlock;
        address[] strategies;
        uint256[] scaledShares;
    }

    function queueWithdrawals(Queue[] calldata params) external;
    function completeQueuedWithdrawal(
        Withdrawal calldata withdrawal,
        address[] calldata tokens,
        bool asTokens
    ) external;
    function operatorShares(address operator, address strategy) external view returns (uint256);
}

contract FlowsTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bytes4 private constant NONE = 0;

    Allocations private allocations = Allocations(vm.envAddress("ADDR_allocationManager"));
    Delegation private delegation = Delegation(vm.envAddress("ADDR_delegationManager"));
    address private strategy = vm.envAddress("ADDR_TOK_strategy");
    address private alice = vm.envAddress("ADDR_alice");
    address private bob = vm.envAddress("ADDR_bob");
    address private avs = vm.envAddress("ADDR_test");

    /// The next call is as `sender`, and fails with `error` unless that is NONE.
    function next(address sender, bytes4 error) private {
        if (error != NONE) vm.expectRevert(error);
        vm.prank(sender);
    }

    function list(address item) private pure returns (address[] memory items) {
        items = new address[](1);
        items[0] = item;
    }

    function list(uint256 item) private pure returns (uint256[] memory items) {
        items = new uint256[](1);
        items[0] = item;
    }

    // --- slashing/wad-out-of-range

    function slash(uint256 wad, bytes4 error) private {
        uint256 id = vm.snapshotState();
        next(avs, error);
        allocations.slashOperator(
            avs, Allocations.Slash(alice, 0, list(strategy), list(wad), "x")
        );
        vm.revertToState(id);
    }

    function test_wad_out_of_range() external {
        next(alice, NONE);
        allocations.registerForOperatorSets(
            alice, Allocations.Register(avs, new uint32[](1), "")
        );
        slash(0, Allocations.InvalidWadToSlash.selector);
        slash(1, NONE);
        slash(1 ether, NONE);
        slash(1 ether + 1, Allocations.InvalidWadToSlash.selector);
    }

    // --- withdrawal/back-as-shares

    function test_back_as_shares() external {
        Delegation.Queue[] memory queue = new Delegation.Queue[](1);
        uint32 start = uint32(block.number);
        queue[0] = Delegation.Queue(list(strategy), list(400 ether), bob);
        next(bob, NONE);
        delegation.queueWithdrawals(queue);
        require(delegation.operatorShares(bob, strategy) == 600 ether, "not queued");
        vm.roll(start + 52);
        next(bob, NONE);
        delegation.completeQueuedWithdrawal(
            Delegation.Withdrawal(bob, bob, bob, 0, start, list(strategy), list(400 ether)),
            list(vm.envAddress("ADDR_TOK")),
            false
        );
        require(delegation.operatorShares(bob, strategy) == 1000 ether, "not back");
    }

    // --- sets/made-once-by-its-avs

    function create(
        address of_,
        address sender,
        uint32 setId,
        address[] memory strategies,
        bytes4 error
    ) private {
        Allocations.Create[] memory sets = new Allocations.Create[](1);
        uint256 id = vm.snapshotState();
        sets[0] = Allocations.Create(setId, strategies);
        next(sender, error);
        allocations.createOperatorSets(of_, sets);
        vm.revertToState(id);
    }

    function test_made_once() external {
        address carol = vm.envAddress("ADDR_carol");
        address mallory = vm.envAddress("ADDR_mallory");
        address[] memory twice = new address[](2);
        twice[0] = twice[1] = strategy;
        create(avs, avs, 2, list(strategy), NONE);
        create(avs, avs, 2, new address[](0), NONE);
        create(avs, avs, 1, list(strategy), Allocations.InvalidOperatorSet.selector);
        create(avs, avs, 2, twice, Allocations.StrategyAlreadyInOperatorSet.selector);
        create(avs, mallory, 2, list(strategy), Allocations.InvalidPermissions.selector);
        create(carol, carol, 0, list(strategy), Allocations.NonexistentAVSMetadata.selector);
        require(allocations.getOperatorSetCount(avs) == 2, "more sets");
    }

    // --- stake/over-allocation

    function allocate(uint32 setId, uint256 magnitude, bytes4 error) private {
        Allocations.Allocate[] memory params = new Allocations.Allocate[](1);
        uint64[] memory magnitudes = new uint64[](1);
        magnitudes[0] = uint64(magnitude);
        params[0] = Allocations.Allocate(OperatorSet(avs, setId), list(strategy), magnitudes);
        next(bob, error);
        allocations.modifyAllocations(bob, params);
    }

    function allocateTwice(uint256 first, uint256 second, bytes4 error) private {
        uint256 id = vm.snapshotState();
        allocate(0, first, NONE);
        allocate(1, second, error);
        vm.revertToState(id);
    }

    function test_over_allocation() external {
        bytes4 tooMuch = Allocations.InsufficientMagnitude.selector;
        allocateTwice(1 ether, 1, tooMuch);
        allocateTwice(0.6 ether, 0.4 ether, NONE);
        allocateTwice(0.6 ether, 0.4 ether + 1, tooMuch);
        allocateTwice(1, 1 ether - 1, NONE);
        allocateTwice(1, 1 ether, tooMuch);
        allocateTwice(0.5 ether, 1 ether + 1, tooMuch);
        allocate(0, 1 ether + 1, tooMuch);
        allocate(0, 1 ether, NONE);
        allocate(0, 1 ether, Allocations.SameMagnitude.selector);
    }
}
