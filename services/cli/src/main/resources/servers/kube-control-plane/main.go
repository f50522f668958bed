// Command kube-control-plane is etcd, kube-apiserver, kube-controller-manager and kube-scheduler in one binary: the
// first argument, or the name it is called by, says which of them to be. It needs no containers.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	_ "time/tzdata" // CronJobs may name a time zone

	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

var components = map[string]func(args []string) int{
	"etcd":                    etcd,
	"kube-apiserver":          cobraCommand(apiserver.NewAPIServerCommand),
	"kube-controller-manager": cobraCommand(controllermanager.NewControllerManagerCommand),
	"kube-scheduler":          cobraCommand(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
}

func main() {
	args := os.Args
	component, known := components[filepath.Base(args[0])]
	if !known && len(args) > 1 {
		args = args[1:]
		component, known = components[args[0]]
	}
	if !known {
		fmt.Fprintln(os.Stderr, "usage: kube-control-plane etcd|kube-apiserver|kube-controller-manager|kube-scheduler [FLAG...]")
		os.Exit(2)
	}
	os.Exit(component(args))
}

func etcd(args []string) int {
	etcdmain.Main(args)
	return 0
}

func cobraCommand(newCommand func() *cobra.Command) func(args []string) int {
	return func(args []string) int {
		os.Args = args // where the command reads its flags
		return cli.Run(newCommand())
	}
}
