{{- define "cm3leon.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "cm3leon.labels" -}}
{{ include "cm3leon.selector" . }}
app.kubernetes.io/part-of: cm3leon
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "cm3leon.image" -}}
{{- $image := .root.Values.image -}}
{{- if $image.registry }}{{ $image.registry }}/{{ else }}cm3leon/{{ end }}{{ .name }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- /* where training jobs go, as properties in JSON; in brackets a name keeps its slash */}}
{{- define "cm3leon.placement" -}}
{{- $kubernetes := dict }}
{{- range $label, $value := .nodeSelector }}
{{- $_ := set $kubernetes "node-selector" (merge (dict (printf "[%s]" $label) $value) (get $kubernetes "node-selector" | default dict)) }}
{{- end }}
{{- with .tolerations }}
{{- $_ := set $kubernetes "tolerations" . }}
{{- end }}
{{- if $kubernetes }}{{ dict "cm3" (dict "orchestrator" (dict "kubernetes" $kubernetes)) | toJson }}{{ end }}
{{- end }}

{{- /* what a model is measured against before it is promoted, in the same way: a measure's name keeps its _ */}}
{{- define "cm3leon.gate" -}}
{{- $gate := dict }}
{{- range $measure, $bound := . }}
{{- $_ := set $gate (printf "[%s]" $measure) $bound }}
{{- end }}
{{- if $gate }}{{ dict "cm3" (dict "models" (dict "gate" $gate)) | toJson }}{{ end }}
{{- end }}

{{- define "cm3leon.kafkaProperty" -}}
SPRING_KAFKA_PROPERTIES_{{ . | upper | replace "." "_" }}
{{- end }}

{{- /* what a service is told of the servers it talks to; the names are Spring's, of the properties the services read */}}
{{- define "cm3leon.environment" -}}
{{- $v := .root.Values -}}
- { name: SPRING_KAFKA_BOOTSTRAP_SERVERS, value: {{ $v.kafka.bootstrapServers | quote }} }
- { name: CM3_KAFKA_PARTITIONS, value: {{ $v.kafka.partitions | quote }} }
- { name: CM3_KAFKA_REPLICATION_FACTOR, value: {{ $v.kafka.replicationFactor | quote }} }
{{- if ge (int $v.kafka.replicationFactor) 3 }}
- { name: CM3_KAFKA_MIN_INSYNC_REPLICAS, value: "2" }
{{- end }}
{{- range $name, $value := $v.kafka.properties }}
- { name: {{ include "cm3leon.kafkaProperty" $name }}, value: {{ $value | quote }} }
{{- end }}
{{- range $v.kafka.secretProperties }}
- { name: {{ include "cm3leon.kafkaProperty" . }}, valueFrom: { secretKeyRef: { name: {{ $v.kafka.secret }}, key: {{ . }} } } }
{{- end }}
- { name: CM3_OBJECTSTORE_ENDPOINT, value: {{ $v.objectStore.endpoint | quote }} }
- { name: CM3_OBJECTSTORE_BUCKET, value: {{ $v.objectStore.bucket | quote }} }
- { name: CM3_OBJECTSTORE_REGION, value: {{ $v.objectStore.region | quote }} }
- { name: CM3_OBJECTSTORE_ACCESSKEY, valueFrom: { secretKeyRef: { name: {{ $v.objectStore.secret }}, key: access-key } } }
- { name: CM3_OBJECTSTORE_SECRETKEY, valueFrom: { secretKeyRef: { name: {{ $v.objectStore.secret }}, key: secret-key } } }
{{- if .service.vectorIndex }}
- { name: CM3_VECTORINDEX_KIND, value: {{ $v.vectorIndex.kind | quote }} }
- { name: CM3_VECTORINDEX_MILVUSURI, value: {{ $v.vectorIndex.uri | quote }} }
- { name: CM3_VECTORINDEX_MILVUSCOLLECTION, value: {{ $v.vectorIndex.collection | quote }} }
- { name: CM3_VECTORINDEX_MILVUSINDEXTYPE, value: {{ $v.vectorIndex.indexType | quote }} }
{{- with $v.vectorIndex.secret }}
- { name: CM3_VECTORINDEX_MILVUSTOKEN, valueFrom: { secretKeyRef: { name: {{ . }}, key: token } } }
{{- end }}
{{- end }}
{{- /* each step of stopping: what is left of the grace, less 10 s to leave */}}
{{- $grace := sub (sub (int .service.graceSeconds) (int .service.drainSeconds)) 10 }}
- { name: SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE, value: {{ printf "%ds" (max 1 $grace) | quote }} }
- { name: SERVER_PORT, value: {{ .service.port | quote }} }
- { name: CM3_HOME, value: /tmp/cm3 } # the only place that can be written to
- { name: CM3_MODEL_LOCATION, value: {{ $v.model.location | quote }} }
- { name: CM3_MODEL_CACHE, value: /tmp/models }
{{- if eq .name "gateway" }}
{{- with include "cm3leon.gate" $v.models.gate }}
- { name: SPRING_APPLICATION_JSON, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- if .service.startsJobs }}
- { name: CM3_ORCHESTRATOR_ATTEMPTS, value: {{ $v.training.attempts | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
- { name: CM3_ORCHESTRATOR_KUBERNETES_IMAGE, value: {{ include "cm3leon.image" (dict "root" .root "name" "trainer-job") | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_IMAGEPULLPOLICY, value: {{ $v.image.pullPolicy | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_SERVICEACCOUNT, value: {{ printf "%s-trainer-job" .root.Release.Name | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_STORESECRET, value: {{ $v.objectStore.secret | quote }} }
{{- with $v.kafka.secret }}
- { name: CM3_ORCHESTRATOR_KUBERNETES_KAFKASECRET, value: {{ . | quote }} }
{{- end }}
{{- with $v.kafka.secretProperties }}
- { name: CM3_ORCHESTRATOR_KUBERNETES_KAFKASECRETPROPERTIES, value: {{ join "," . | quote }} }
{{- end }}
- { name: CM3_ORCHESTRATOR_KUBERNETES_JOBS, value: {{ join "," $v.training.jobs | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_KEEP, value: {{ $v.training.keep | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_RENDEZVOUSPORT, value: {{ $v.training.rendezvousPort | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_QUEUE, value: {{ $v.training.queue | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_GPURESOURCE, value: {{ $v.training.gpuResource | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_DISK, value: {{ $v.training.disk | quote }} }
- { name: CM3_ORCHESTRATOR_KUBERNETES_CORPORA, value: {{ $v.training.corpora | quote }} }
{{- with include "cm3leon.placement" $v.training }}
- { name: SPRING_APPLICATION_JSON, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- $environment := merge (dict) (.service.environment | default dict) $v.extraEnvironment }}
{{- $gate := and (eq .name "gateway") $v.models.gate }}
{{- $placement := and .service.startsJobs (include "cm3leon.placement" $v.training) }}
{{- if and (hasKey $environment "SPRING_APPLICATION_JSON") (or $gate $placement) }}
{{- fail "need what SPRING_APPLICATION_JSON says in other variables where models.gate, or training's nodeSelector or tolerations, are set: they are told in it" }}
{{- end }}
{{- range $name, $value := $environment }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}
