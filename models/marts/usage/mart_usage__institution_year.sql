with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

staff as (

    select * from {{ ref('fct_staff_fte') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

{{ use_by_institution_and_year() }}

select * from final
