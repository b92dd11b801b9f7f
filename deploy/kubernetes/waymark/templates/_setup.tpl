{{/* The container that acts as the owner, as `setup` does in compose; takes `command`. With `backups` it has a folder for
     those, and neither setup's data, which only one node may have, nor the services' secrets. */}}
{{- define "waymark.owner-container" -}}
name: {{ .component }}
image: {{ include "waymark.image" (dict "image" .root.Values.image "version" .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: {{ toJson .command }}
env:
  {{- include "waymark.address" .root | nindent 2 }}
  {{- include "waymark.backends" .root | nindent 2 }}
  - name: WAYMARK_DATA_DIR
    value: /data
  - name: WAYMARK_DATABASE_URL
    value: {{ .root.Values.database.url | replace "://" (printf "://%s@" .root.Values.database.owner) | quote }}
  - name: WAYMARK_DATABASE_LOGINS_FILE
    value: /secrets/setup/logins.json
  - name: WAYMARK_SECRET_KEY_FILE
    value: /secrets/setup/secret.key
  {{- if ne .root.Values.kafka.users "none" }}
  - name: WAYMARK_KAFKA_USERNAME
    value: {{ .root.Values.kafka.setupUser | quote }}
  - name: WAYMARK_KAFKA_PASSWORD_FILE
    value: /secrets/setup/kafka.password
  {{- end }}
  {{- if and (eq .root.Values.kafka.users "made") (not .backups) }}
  - name: WAYMARK_KAFKA_USERS_DIR
    value: /secrets
  {{- end }}
  {{- with include "waymark.settings" (dict "root" .root) | trim }}{{ . | nindent 2 }}{{ end }}
resources:
  {{- .resources | default .root.Values.resources | toYaml | nindent 2 }}
{{ include "waymark.hardened" .root }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if .backups }}
  - name: backups
    mountPath: /backups
  {{- else }}
  - name: data
    mountPath: /data
  {{- end }}
  {{- range include "waymark.folders" . | fromJsonArray }}
  - name: secrets-{{ . }}
    mountPath: /secrets/{{ . }}
    readOnly: true
  {{- end }}
  {{- with include "waymark.authorities.mounts" . | trim }}{{ . | nindent 2 }}{{ end }}
{{- end }}

{{- define "waymark.owner-volumes" -}}
{{ include "waymark.scratch" .root }}
{{- if .backups }}
- name: backups
  persistentVolumeClaim:
    claimName: {{ .backups | quote }}
{{- else }}
- name: data
  persistentVolumeClaim:
    claimName: {{ include "waymark.claim" .root | quote }}
{{- end }}
{{- range include "waymark.folders" . | fromJsonArray }}
- name: secrets-{{ . }}
  secret:
    secretName: {{ include "waymark.secret" (dict "root" $.root "component" .) | quote }}
    defaultMode: 0440
{{- end }}
{{- with include "waymark.authorities.volumes" . | trim }}{{ . | nindent 0 }}{{ end }}
{{- end }}

{{/* The folders of secrets that the owner reads: its own, and that of each service that has one, whose users it makes. */}}
{{- define "waymark.folders" -}}
{{- $names := list "setup" }}
{{- range .root.Files.Get "files/containers.yaml" | fromYamlArray }}
{{- if and .secrets (not $.backups) }}{{ $names = append $names .name }}{{ end }}
{{- end }}
{{- toJson $names }}
{{- end }}
