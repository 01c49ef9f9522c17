// Command pod-security judges manifests by the Pod Security Standards, with the code that the API server's admission runs.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/pod-security-admission/admission"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"flagstone.dev/test-tools/internal/documents"
)

type violation struct {
	Check  string `json:"check"`
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

type result struct {
	File       string `json:"file"`
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	// Evaluated is false for objects without a pod template.
	Evaluated  bool        `json:"evaluated"`
	Violations []violation `json:"violations"`
}

type report struct {
	Level   string   `json:"level"`
	Version string   `json:"version"`
	Checks  []string `json:"checks"`
	Results []result `json:"results"`
}

func main() {
	level := flag.String("level", "restricted", "baseline or restricted")
	flag.Parse()
	if err := run(*level, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(levelName string, files []string) error {
	level, err := api.ParseLevel(levelName)
	if err != nil {
		return err
	}
	found, err := documents.ReadAll(files)
	if err != nil {
		return err
	}
	judge, err := newJudge(level)
	if err != nil {
		return err
	}
	output := report{Level: levelName, Version: judge.level.Version.String(), Checks: judge.checkNames(), Results: []result{}}
	for _, document := range found {
		one, err := judge.document(document)
		if err != nil {
			return fmt.Errorf("%s: document %d: %w", document.File, document.Index, err)
		}
		output.Results = append(output.Results, one)
	}
	return json.NewEncoder(os.Stdout).Encode(output)
}

type judge struct {
	level api.LevelVersion
	all   policy.Evaluator
	// single evaluates one check alone: the evaluator of all checks does not say which of them spoke.
	single map[policy.CheckID]policy.Evaluator
	order  []policy.CheckID
}

func newJudge(level api.Level) (*judge, error) {
	checks := policy.DefaultChecks()
	all, err := policy.NewEvaluator(checks, nil)
	if err != nil {
		return nil, err
	}
	j := &judge{
		level:  api.LevelVersion{Level: level, Version: api.LatestVersion()},
		all:    all,
		single: map[policy.CheckID]policy.Evaluator{},
	}
	for _, check := range checks {
		if level == api.LevelBaseline && check.Level == api.LevelRestricted {
			continue
		}
		// An override names a check that is absent from a list of one.
		alone := check
		alone.Versions = append([]policy.VersionedCheck{}, check.Versions...)
		for i := range alone.Versions {
			alone.Versions[i].OverrideCheckIDs = nil
		}
		evaluator, err := policy.NewEvaluator([]policy.Check{alone}, nil)
		if err != nil {
			return nil, err
		}
		j.single[check.ID] = evaluator
		j.order = append(j.order, check.ID)
	}
	return j, nil
}

func (j *judge) checkNames() []string {
	names := []string{}
	for _, id := range j.order {
		names = append(names, string(id))
	}
	return names
}

func (j *judge) document(document documents.Document) (result, error) {
	var any unstructured.Unstructured
	if err := any.UnmarshalJSON(document.Value); err != nil {
		return result{}, err
	}
	one := result{
		File: document.File, APIVersion: any.GetAPIVersion(), Kind: any.GetKind(),
		Namespace: any.GetNamespace(), Name: any.GetName(), Violations: []violation{},
	}
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(document.Value, nil, nil)
	if runtime.IsNotRegisteredError(err) {
		return one, nil
	}
	if err != nil {
		return result{}, err
	}
	metadata, spec, err := admission.DefaultPodSpecExtractor{}.ExtractPodSpec(object)
	if err != nil || spec == nil {
		// Not a kind with a pod template.
		return one, nil
	}
	if metadata == nil {
		metadata = &metav1.ObjectMeta{}
	}
	one.Evaluated = true
	for _, outcome := range j.all.EvaluatePod(j.level, metadata, spec) {
		if outcome.Allowed {
			continue
		}
		check := "unknown"
		for _, id := range j.order {
			for _, alone := range j.single[id].EvaluatePod(j.level, metadata, spec) {
				if !alone.Allowed && alone.ForbiddenReason == outcome.ForbiddenReason {
					check = string(id)
				}
			}
		}
		one.Violations = append(one.Violations, violation{check, outcome.ForbiddenReason, outcome.ForbiddenDetail})
	}
	return one, nil
}
