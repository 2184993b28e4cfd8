# The nightly run of one cycle folder: keeps dated logs and calls an alive URL where one is set.
#
#   powershell -ExecutionPolicy Bypass -File nightly.ps1 [CYCLE FOLDER] [options of `evalbatch run`]
#
# EVALBATCH_PYTHON     the interpreter that has evalbatch (default: .venv of this checkout, else python)
# EVALBATCH_ALIVE_URL  called with /start before the run and with /<exit code> after it
# EVALBATCH_LOG_DAYS   how many days logs are kept (default 90)
param(
    [string] $Folder = (Get-Location).Path,
    [Parameter(ValueFromRemainingArguments = $true)] [string[]] $Options = @()
)

Set-Location -LiteralPath $Folder -ErrorAction Stop
$env:PYTHONUTF8 = '1'
$own = Join-Path $PSScriptRoot '..\.venv\Scripts\python.exe'
$python = if ($env:EVALBATCH_PYTHON) { $env:EVALBATCH_PYTHON } elseif (Test-Path -LiteralPath $own) { $own } else { 'python' }
$days = if ($env:EVALBATCH_LOG_DAYS) { [int] $env:EVALBATCH_LOG_DAYS } else { 90 }

New-Item -ItemType Directory -Force -Path 'logs' | Out-Null
$log = Join-Path (Get-Location).Path ("logs\{0:yyyy-MM-dd}.log" -f (Get-Date))

function Write-Log([string] $Text) {
    [IO.File]::AppendAllText($log, $Text + [Environment]::NewLine, [Text.UTF8Encoding]::new($false))
}

function Send-Alive([string] $Word) {
    if (-not $env:EVALBATCH_ALIVE_URL) { return }
    try { Invoke-WebRequest -UseBasicParsing -TimeoutSec 10 -Uri "$($env:EVALBATCH_ALIVE_URL)/$Word" | Out-Null }
    catch { Write-Log 'alive URL did not answer' }
}

Write-Log ("==== {0:yyyy-MM-dd HH:mm:ss}" -f (Get-Date))
Send-Alive 'start'
# cmd does the redirection: PowerShell would take every line on stderr for an error and write the log in another encoding.
$quoted = ($Options | ForEach-Object { '"{0}"' -f $_ }) -join ' '
cmd /c "`"`"$python`" -m evalbatch run $quoted >> `"$log`" 2>&1`""
$code = $LASTEXITCODE
Write-Log ("==== {0:yyyy-MM-dd HH:mm:ss} exit code {1}" -f (Get-Date), $code)
Send-Alive "$code"

Get-ChildItem -Path 'logs' -Filter '*.log' | Where-Object { $_.LastWriteTime -lt (Get-Date).AddDays(-$days) } | Remove-Item
exit $code
