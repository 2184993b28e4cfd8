# The nightly run of one cycle folder: keeps dated logs and calls an alive URL where one is set.
#
#   powershell -NoProfile -ExecutionPolicy Bypass -File nightly.ps1 [CYCLE FOLDER] [-Program PROGRAM] [options of `evalbatch run`]
#
# Works with Windows PowerShell 5.1 and PowerShell 7. Write options with a blank, `--as-of 2026-03-31`; -File tears `--x=a:b` apart.
#
# PROGRAM              the interpreter that has evalbatch, or the built program (default: EVALBATCH_PYTHON)
# EVALBATCH_PYTHON     the interpreter that has evalbatch (default: .venv of this checkout, else python)
# EVALBATCH_ALIVE_URL  called with /start before the run and with /<exit code> after it
# EVALBATCH_LOG_DAYS   how many days logs are kept (default 90)
param([string] $Folder = '.')  # the rest is in $args: with a parameter for it, `-o` would be taken for an abbreviation
$options = [string[]] $args
$Program = $env:EVALBATCH_PYTHON
if ($options.Count -ge 2 -and $options[0] -eq '-Program') {
    $Program = $options[1]
    $options = [string[]] @($options | Select-Object -Skip 2)
}

if (-not (Test-Path -LiteralPath $Folder -PathType Container)) {
    [Console]::Error.WriteLine("no such folder: $Folder")
    exit 2
}
Set-Location -LiteralPath $Folder
$here = (Get-Location).ProviderPath  # unlike Path also on a share
$own = Join-Path $PSScriptRoot '..\..\.venv\Scripts\python.exe'
if (-not $Program) { $Program = if (Test-Path -LiteralPath $own) { $own } else { 'python' } }
$start = if ([IO.Path]::GetFileName($Program) -like 'py*') { '-m', 'evalbatch', 'run' } else { , 'run' }
$days = if ($env:EVALBATCH_LOG_DAYS) { [int] $env:EVALBATCH_LOG_DAYS } else { 90 }

$utf8 = New-Object Text.UTF8Encoding $false
$env:PYTHONUTF8 = '1'
try { [Console]::OutputEncoding = $utf8 } catch { }  # how the run's output is read; there may be no console to tell
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

$logs = [IO.Directory]::CreateDirectory([IO.Path]::Combine($here, 'logs')).FullName
$log = [IO.Path]::Combine($logs, ('{0:yyyy-MM-dd}.log' -f (Get-Date)))

function Write-Log([string] $Text) {
    try { [IO.File]::AppendAllText($log, $Text + [Environment]::NewLine, $utf8) } catch { }  # held open: no reason to stop the run
}

function Send-Alive([string] $Word) {
    if (-not $env:EVALBATCH_ALIVE_URL) { return }
    try { Invoke-WebRequest -UseBasicParsing -TimeoutSec 10 -Uri "$($env:EVALBATCH_ALIVE_URL)/$Word" | Out-Null }
    catch { Write-Log 'alive URL did not answer' }
}

Write-Log ('==== {0:yyyy-MM-dd HH:mm:ss}' -f (Get-Date))
Send-Alive 'start'
$code = 2
try {
    & $Program @start @options 2>&1 | ForEach-Object {  # PowerShell takes a line on stderr for an error
        if ($_ -is [Management.Automation.ErrorRecord]) { Write-Log $_.Exception.Message } else { Write-Log $_ }
    }
    $code = $LASTEXITCODE
} catch {
    Write-Log "$_"  # no such interpreter
}
Write-Log ('==== {0:yyyy-MM-dd HH:mm:ss} exit code {1}' -f (Get-Date), $code)
Send-Alive "$code"

Get-ChildItem -LiteralPath $logs -Filter '*.log' | Where-Object { $_.LastWriteTime -lt (Get-Date).AddDays(-$days) } | Remove-Item
exit $code
