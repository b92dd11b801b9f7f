{{/* What every object's name begins with: a label that begins with a letter, short enough for what is put behind it. */}}
{{- define "waymark.fullname" -}}
{{- $name := .Release.Name | replace "." "-" -}}
{{- if not (hasPrefix "waymark" $name) }}{{ $name = printf "waymark-%s" $name }}{{ end -}}
{{- if gt (len $name) 40 }}{{ $name = printf "%s-%s" ($name | trunc 31 | trimSuffix "-") (sha256sum $name | trunc 8) }}{{ end -}}
{{- .Values.fullnameOverride | default $name -}}
{{- end }}

{{/* The name of a component's objects; takes the context as `root`, and `component`. */}}
{{- define "waymark.name" -}}
{{ include "waymark.fullname" .root }}-{{ .component }}
{{- end }}

{{/* What tells a component's pods from all others. */}}
{{- define "waymark.selector" -}}
app.kubernetes.io/name: waymark
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "waymark.labels" -}}
{{ include "waymark.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | quote }}
{{- end }}

{{- define "waymark.metadata" -}}
name: {{ include "waymark.name" . }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "waymark.labels" . | nindent 2 }}
{{- end }}

{{/* Takes `image` and `version`, which is the tag where the image has none. */}}
{{- define "waymark.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .version }}
{{- end -}}
{{- end }}

{{/* The Secret of a service, or of setup. */}}
{{- define "waymark.secret" -}}
{{- $own := index .root.Values.services .component | default dict -}}
{{ $own.existingSecret | default (printf "%s-%s" .root.Values.secrets.prefix .component) }}
{{- end }}

{{/* The name of the claim of setup's data. */}}
{{- define "waymark.claim" -}}
{{ .Values.setup.data.existingClaim | default (printf "%s-data" (include "waymark.fullname" .)) }}
{{- end }}
