@echo off
rem Runs the program edl, building it first where it is missing.
if not exist "%~dp0artifacts\bin\Pipeline\release\edl.dll" dotnet build "%~dp0pipeline\Pipeline.csproj" -c Release -v q --nologo || exit /b 1
dotnet "%~dp0artifacts\bin\Pipeline\release\edl.dll" %*
