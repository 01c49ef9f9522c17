/**
 * What a VerticalPodAutoscaler says: it only recommends, in its status, what the pods should request. It changes none of them, so it does
 * not fight with whatever scales by use of CPU or memory.
 *
 * @see https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/features.md
 */
export function verticalAutoscalerSpec(deployment: string): object {
  return {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment },
    updatePolicy: { updateMode: "Off" },
  };
}
