//! The two generations of machines that sign in: service accounts, and machine accounts before them.

/// What machines are called in the API, in roles and in credentials files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Generation {
    #[default]
    ServiceAccounts,
    MachineAccounts,
}

impl Generation {
    pub(crate) fn of_seed(machine_accounts: bool) -> Self {
        if machine_accounts { Self::MachineAccounts } else { Self::ServiceAccounts }
    }

    /// Picks the word of this generation.
    fn pick<T>(self, service: T, machine: T) -> T {
        match self {
            Self::ServiceAccounts => service,
            Self::MachineAccounts => machine,
        }
    }

    /// The kind of an account, and of a subject of a binding.
    pub(crate) fn account_kind(self) -> &'static str {
        self.pick("ServiceAccount", "MachineAccount")
    }

    pub(crate) fn accounts(self) -> &'static str {
        self.pick("serviceaccounts", "machineaccounts")
    }

    pub(crate) fn keys(self) -> &'static str {
        self.pick("serviceaccountkeys", "machineaccountkeys")
    }

    /// The field of a key's `spec` that has the account's email.
    pub(crate) fn user_name_field(self) -> &'static str {
        self.pick("serviceAccountUserName", "machineAccountUserName")
    }

    /// The `type` of credentials files.
    pub(crate) fn credentials_type(self) -> &'static str {
        self.pick("datum_service_account", "datum_machine_account")
    }

    /// How the names of roles about accounts begin.
    pub(crate) fn account_roles(self) -> &'static str {
        self.pick("iam-service-accounts", "iam-machine-accounts")
    }

    /// How the names of roles about keys begin.
    pub(crate) fn key_roles(self) -> &'static str {
        self.pick("identity-service-account-keys", "identity-machine-account-keys")
    }
}
