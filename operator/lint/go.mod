module avsbed/operator/lint

go 1.19

require (
	github.com/prometheus/client_golang v1.19.1
	github.com/prometheus/common v0.48.0
)

require (
	github.com/prometheus/client_model v0.5.0 // indirect
	google.golang.org/protobuf v1.33.0 // indirect
)
