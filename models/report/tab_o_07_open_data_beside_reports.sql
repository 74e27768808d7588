with

reconciled as (

    select * from {{ ref('quality_open_data_reconciliation') }}

),

final as (

    select
        year,
        purpose_key,
        purpose_label_nb,
        purpose_label_en,
        purpose_sort_order,
        n_participants,
        n_report_stays,
        participants_difference,
        report_share,
        is_provisional

    from reconciled
    -- Without reports there is nothing to set beside the open data, and the other way round.
    where
        n_participants is not null
        and n_report_stays > 0

)

select * from final
