# The nightly run of one cycle folder; it comes with the package.
& (Join-Path $PSScriptRoot '..\evalbatch\nightly\nightly.ps1') @args
exit $LASTEXITCODE
