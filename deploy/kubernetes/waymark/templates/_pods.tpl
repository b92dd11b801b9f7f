{{/* The labels and annotations of a pod; `annotations` are its own. */}}
{{- define "waymark.pod-metadata" -}}
labels:
  {{- include "waymark.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) .root.Values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What every pod is: nobody of note (`uid`), without a token, without variables made of Services' names, which look
     like settings; its copies are spread over nodes. */}}
{{- define "waymark.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .uid }}
  runAsGroup: {{ .uid }}
  fsGroup: {{ .uid }}
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "waymark.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "waymark.selector" . | nindent 8 }}
{{- end }}

{{- define "waymark.hardened" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* A stop begins once nobody sends to the pod any more; 30 s are left for it, as in compose. */}}
{{- define "waymark.pause" -}}
lifecycle:
  preStop:
    sleep:
      seconds: 10
{{- end }}

{{/* `started` is the path that says whether a pod counts: read models may have to be filled first, hours of it. From then on
     it does for as long as it answers. What it needs may be away from all pods at once: they say so by a 503 with
     `Retry-After`, and go on reading, where an edge without a pod could but refuse. */}}
{{- define "waymark.probes" -}}
startupProbe:
  httpGet:
    path: {{ .started }}
    port: http
  periodSeconds: 5
  timeoutSeconds: 6
  failureThreshold: 17280
livenessProbe:
  httpGet:
    path: /healthz
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /healthz
    port: http
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end }}

{{/* Variables of every process of Waymark's. */}}
{{- define "waymark.address" -}}
- name: WAYMARK_HOST
  value: "0.0.0.0"
- name: WAYMARK_PORT
  value: "8080"
{{- end }}

{{/* Variables of whatever speaks with the log; the database's URL and the files of secrets are said by those. */}}
{{- define "waymark.backends" -}}
- name: WAYMARK_KAFKA_BOOTSTRAP_SERVERS
  value: {{ .Values.kafka.bootstrapServers | quote }}
{{- if .Values.kafka.ca.existingSecret }}
- name: WAYMARK_KAFKA_CA_FILE
  value: /authorities/kafka/{{ .Values.kafka.ca.key }}
{{- end }}
- name: WAYMARK_TRUSTED_PROXIES
  value: {{ toJson .Values.trustedProxies | quote }}
{{- end }}

{{/* The operator's own variables: those of one container (`own`) before those of all, though they be empty, which `merge`
     takes for not given. */}}
{{- define "waymark.settings" -}}
{{- $settings := dict }}
{{- range $given := list .root.Values.settings (.own | default dict) }}
{{- range $name, $value := $given }}{{ $_ := set $settings $name $value }}{{ end }}
{{- end }}
{{- range $name, $value := $settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* The authorities that a container checks certificates against; takes `root`, and `calling` where it calls outside. */}}
{{- define "waymark.authorities.mounts" -}}
{{- range $name, $authority := include "waymark.authorities" . | fromJson }}
- name: {{ $name }}-authority
  mountPath: /authorities/{{ $name }}
  readOnly: true
{{- end }}
{{- end }}

{{- define "waymark.authorities.volumes" -}}
{{- range $name, $authority := include "waymark.authorities" . | fromJson }}
- name: {{ $name }}-authority
  secret:
    secretName: {{ $authority.existingSecret | quote }}
    items:
      - key: {{ $authority.key }}
        path: {{ $authority.key }}
{{- end }}
{{- end }}

{{- define "waymark.authorities" -}}
{{- $all := dict "database" .root.Values.database.ca "kafka" .root.Values.kafka.ca }}
{{- if .calling }}{{ $_ := set $all "outbound" .root.Values.outboundCa }}{{ end }}
{{- $given := dict }}
{{- range $name, $authority := $all }}
{{- if $authority.existingSecret }}{{ $_ := set $given $name $authority }}{{ end }}
{{- end }}
{{- toJson $given }}
{{- end }}

{{/* A folder for what is written. */}}
{{- define "waymark.scratch" -}}
- name: tmp
  emptyDir:
    sizeLimit: 256Mi
{{- end }}
