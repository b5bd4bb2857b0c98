module avsbed/anvil-state

go 1.19

require github.com/Layr-Labs/eigenlayer-contracts v1.8.1
