#!/usr/bin/env bash
# A SLURM of two nodes with a fake GPU each, on this machine, for tests: cluster.sh start|stop FOLDER
#
# As root, with Debian's packages: apt-get install --no-install-recommends slurmctld slurmd
# slurm-client munge. The configuration has to be /etc/slurm/slurm.conf: a step of a job drops
# SLURM_CONF from its environment. A configuration that this script has not written is left alone.
set -euo pipefail
action=$1
folder=$2
mark="# written by beyond_blur's tests/slurm/cluster.sh"
conf=/etc/slurm/slurm.conf

stop() {
    for name in slurmd.node1 slurmd.node2 slurmctld; do
        if [ -f "$folder/$name.pid" ]; then
            kill "$(cat "$folder/$name.pid")" 2>/dev/null || true
            rm -f "$folder/$name.pid"
        fi
    done
}

# cred_expire: seconds that a job waits at least that was queued again; 120 by default.
write_configuration() {
    cpus=$(nproc)
    megabytes=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 1024 * 8 / 10))
    cat >$conf <<CONF
$mark
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
AuthType=auth/munge
AuthInfo=cred_expire=10
SlurmUser=root
SlurmdUser=root
SlurmctldPort=16817
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=5
MinJobAge=600
MaxArraySize=1001
GresTypes=gpu
NodeName=node1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=17001 CPUs=$cpus RealMemory=$megabytes Gres=gpu:1
NodeName=node2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=17002 CPUs=$cpus RealMemory=$megabytes Gres=gpu:1
PartitionName=main Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes=node1,node2 MaxTime=1 State=UP
CONF
    echo "NodeName=node[1-2] Name=gpu File=/dev/zero" >/etc/slurm/gres.conf
}

start() {
    if [ -f $conf ] && ! grep -qF "$mark" $conf; then
        echo "$conf is another cluster's: it is left alone" >&2
        exit 1
    fi
    stop
    mkdir -p "$folder/state" /etc/slurm /run/munge /var/log/munge /var/lib/munge
    chown munge:munge /run/munge /var/log/munge /var/lib/munge
    write_configuration
    # The processes of a training on several nodes meet at the first node's name.
    getent hosts node1 >/dev/null || echo "127.0.0.1 node1 node2 $mark" >>/etc/hosts
    pgrep -x munged >/dev/null || su -s /bin/sh munge -c /usr/sbin/munged
    slurmctld -c
    for node in node1 node2; do slurmd -N "$node"; done
    for _ in $(seq 30); do
        if [ "$(sinfo --noheader --Node --states=idle --format=%N | sort -u | wc -l)" = 2 ]; then
            sinfo
            exit 0
        fi
        sleep 1
    done
    echo "SLURM did not start within 30 seconds: see $folder/*.log" >&2
    exit 1
}

case $action in
start) start ;;
stop) stop ;;
*) echo "cluster.sh start|stop FOLDER" >&2 && exit 2 ;;
esac
