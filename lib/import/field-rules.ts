/** How fields of Compose files and of Score are said otherwise, by rule. */
export const FIELD_RULES: Readonly<Record<string, string>> = {
  "compose/published":
    "A published port is an external endpoint: it is reached by a host name, not by a port of the machine.",
  "compose/published-tcp":
    "A published port that speaks no HTTP is an endpoint for workloads of the tenant: a host name cannot lead to it.",
  "compose/order":
    "Kubernetes starts everything at once, and what needs another waits for it by itself; the dependency is a connection.",
  "compose/restart": "Pods start again whenever they end; what is to end is a Job.",
  "compose/networks": "Connections say who reaches whom; there is no other network.",
  "compose/names":
    "A name of Kubernetes has lower-case letters, digits and -; containers and hosts are called like their workload.",
  "compose/env-file": "Variables of the file stand in env.",
  "compose/interpolation": "Variables are filled in as they are set beside the file.",
  "compose/volume-size": "A named volume is a disk of 1Gi; say how much it holds.",
  "compose/shared-volume":
    "A volume of several services is a disk of 1Gi for many nodes; its StorageClass has to have that.",
  "compose/bind-file": "A file of the machine is a file of the program.",
  "compose/config": "A config is a file of the program.",
  "compose/secret": "A secret is a key of a Secret that is made elsewhere.",
  "compose/build": "The image is built before it is deployed, and here only named.",
  "compose/profiles": "A service of a profile has no pods until somebody says replicas.",
  "compose/start-period": "The time to start is that of the startup probe.",
  "compose/no-healthcheck": "Without a check of its own, a port that accepts connections is enough.",
  "compose/hardened": "All rights are dropped, and nobody writes to the root file system.",
  "compose/pull-policy": "The registry is asked at each start.",
  "compose/init": "The first process of a container is the image's matter.",
  "compose/extends": "What a service has from another of the file is said in each.",
  "compose/terminal": "Pods have no terminal.",
  "compose/logging": "Logs go where the cluster sends them.",
  "compose/version": "Compose itself passes over it.",
  "score/resource":
    "A resource is an ExternalService with a TODO: whoever provides it says where it is, and makes the Secret or ConfigMap with its keys.",
  "score/dns": "A host name is that of the workload's external endpoint.",
  "score/route": "A route makes an endpoint external.",
  "score/volume": "A volume is a disk of 1Gi; say how much it holds.",
  "score/service": "A resource of type service is a connection to the workload of that name.",
  "score/placeholder": "A placeholder is the value that is known, or a variable that reads it where it is kept.",
  "score/image": "An image that is built is named where it is built: see the TODO.",
};
